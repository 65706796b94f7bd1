#include "tests/faults/doors.h"

#include <chrono>

#include "clients/load/engine.h"

namespace perigee::tests {
namespace {

constexpr std::chrono::milliseconds kRetryPause{20};

}  // namespace

void Doors::Open(std::size_t server, const std::string& address) {
  const std::lock_guard lock(mutex_);
  channels_[server] = load::Connect(address, 1).front();
  ++openings_;
  opened_.notify_all();
}

void Doors::Close(std::size_t server) {
  const std::lock_guard lock(mutex_);
  channels_[server] = nullptr;
}

std::shared_ptr<grpc::Channel> Doors::Pick(std::size_t preferred) {
  std::unique_lock lock(mutex_);
  while (true) {
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      if (const auto& channel = channels_[(preferred + i) % channels_.size()]; channel != nullptr) {
        return channel;
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
