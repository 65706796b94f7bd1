#include "server/jobs/board/revision_waits.h"

#include <chrono>
#include <utility>
#include <vector>

#include "server/ports/executor.h"

namespace perigee::jobs {
namespace {

constexpr std::chrono::seconds kPatience{2};
constexpr std::size_t kWaitsMax = 4096;

}  // namespace

void RevisionWaits::Add(const std::string& program, domain::Revision revision,
                        std::function<void()> then) {
  Key key;
  {
    const std::lock_guard lock(waits_->mutex);
    if (waits_->open.size() < kWaitsMax) {
      key = {program, revision, ++waits_->count};
      waits_->open.emplace(key, std::exchange(then, nullptr));
    }
  }
  if (then != nullptr) {
    then();
    return;
  }
  executor_.After(kPatience, [weak = std::weak_ptr(waits_), key = std::move(key)] {
    if (const auto waits = weak.lock()) {
      std::unique_lock lock(waits->mutex);
      const auto wait = waits->open.extract(key);
      lock.unlock();
      if (!wait.empty()) {
        wait.mapped()();
      }
    }
  });
}

void RevisionWaits::Reached(const std::string& program, domain::Revision revision) {
  std::vector<std::function<void()>> over;
  {
    const std::lock_guard lock(waits_->mutex);
    auto it = waits_->open.lower_bound({program, 0, 0});
    while (it != waits_->open.end() && std::get<0>(it->first) == program &&
           std::get<1>(it->first) <= revision) {
      over.push_back(std::move(it->second));
      it = waits_->open.erase(it);
    }
  }
  for (const auto& then : over) {
    then();
  }
}

bool RevisionWaits::Any() {
  const std::lock_guard lock(waits_->mutex);
  return !waits_->open.empty();
}

void RevisionWaits::EndAll() {
  std::map<Key, std::function<void()>> open;
  {
    const std::lock_guard lock(waits_->mutex);
    open.swap(waits_->open);
  }
  for (const auto& [key, then] : open) {
    then();
  }
}

}  // namespace perigee::jobs
