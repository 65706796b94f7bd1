#include "tests/faults/doors.h"

#include <chrono>

namespace perigee::tests {
namespace {

constexpr std::chrono::milliseconds kRetryPause{20};

}  // namespace

void Doors::Open(std::size_t server, const Perigeed& process) {
  const std::lock_guard lock(mutex_);
  doors_[server] = DoorChannels{process.Channel("internal"), process.Channel("public")};
  ++openings_;
  opened_.notify_all();
}

void Doors::Close(std::size_t server) {
  const std::lock_guard lock(mutex_);
  doors_[server].reset();
}

DoorChannels Doors::Pick(std::size_t preferred) {
  std::unique_lock lock(mutex_);
  while (true) {
    for (std::size_t i = 0; i < doors_.size(); ++i) {
      if (const auto& open = doors_[(preferred + i) % doors_.size()]; open.has_value()) {
        return *open;
      }
    }
    opened_.wait(lock);
  }
}

void Doors::AwaitRetry() {
  std::unique_lock lock(mutex_);
  opened_.wait_for(lock, kRetryPause, [this, before = openings_] { return openings_ != before; });
}

}  // namespace perigee::tests
