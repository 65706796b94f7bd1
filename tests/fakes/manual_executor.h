#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "server/ports/executor.h"

namespace perigee::tests {

// Keeps its work until the test runs it. Safe from many threads.
class ManualExecutor final : public ports::Executor {
 public:
  absl::Status Submit(std::function<void()> work) override {
    After(std::chrono::milliseconds{0}, std::move(work));
    return absl::OkStatus();
  }
  void After(std::chrono::milliseconds delay, std::function<void()> work) override {
    const std::lock_guard lock(mutex_);
    kept_.push_back({delay, std::move(work)});
  }

  // Runs all kept work that is due within `delay`, without the work that it adds, and answers how
  // much it ran.
  std::size_t RunUpTo(std::chrono::milliseconds delay) {
    std::vector<std::function<void()>> due;
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(kept_, [&](Kept& kept) {
        if (kept.delay > delay) {
          return false;
        }
        due.push_back(std::move(kept.work));
        return true;
      });
    }
    for (const auto& work : due) {
      work();
    }
    return due.size();
  }

 private:
  struct Kept {
    std::chrono::milliseconds delay;
    std::function<void()> work;
  };
  std::mutex mutex_;
  std::vector<Kept> kept_;
};

}  // namespace perigee::tests
