#include "server/runtime/executor.h"

#include <string>
#include <utility>

#include "server/core/error.h"
#include "server/ports/telemetry.h"

namespace perigee::runtime {
namespace {

// All work waits in one lane.
const std::string kLane;

}  // namespace

ThreadExecutor::ThreadExecutor(std::size_t threads, QueueLimits limits, ports::QueueStats* stats)
    : thread_count_(static_cast<std::int64_t>(threads)), stats_(stats), queue_(limits) {
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

ThreadExecutor::~ThreadExecutor() { Stop(); }

absl::Status ThreadExecutor::Submit(std::function<void()> work) {
  const Clock::time_point now = Clock::now();
  absl::Status refusal;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      return Error(Reason::kShuttingDown, "the server is shutting down");
    }
    if (queue_.HasRoom(kLane, now)) {
      queue_.Push(kLane, std::move(work), now);
    } else {
      refusal = Overloaded("too much work waits", queue_.ComeBackAfter(now));
    }
  }
  if (refusal.ok()) {
    wake_.notify_one();
  } else if (stats_ != nullptr) {
    stats_->Refused();
  }
  return refusal;
}

void ThreadExecutor::After(std::chrono::milliseconds delay, std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      return;
    }
    timers_.emplace(Clock::now() + delay, std::move(work));
  }
  wake_.notify_one();
}

void ThreadExecutor::Stop() {
  std::multimap<Clock::time_point, std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(timers_);
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

void ThreadExecutor::CollectDue() {
  const Clock::time_point now = Clock::now();
  const auto due = timers_.upper_bound(now);
  for (auto timer = timers_.begin(); timer != due; ++timer) {
    queue_.Push(kLane, std::move(timer->second), now);
  }
  timers_.erase(timers_.begin(), due);
}

void ThreadExecutor::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    CollectDue();
    if (!queue_.empty()) {
      const Clock::time_point begin = Clock::now();
      auto taken = queue_.Take(begin);
      // Several timers may have become due at once, with only one thread woken.
      if (!queue_.empty()) {
        wake_.notify_one();
      }
      lock.unlock();
      if (stats_ != nullptr) {
        stats_->Waited(taken.waited);
      }
      taken.item();
      taken.item = nullptr;  // Destroys the work's captures outside the lock.
      const auto took = Clock::now() - begin;
      lock.lock();
      queue_.Worked(took / thread_count_, 1);
    } else if (stopping_) {
      return;
    } else if (timers_.empty()) {
      wake_.wait(lock);
    } else {
      const Clock::time_point next = timers_.begin()->first;
      wake_.wait_until(lock, next);
    }
  }
}

}  // namespace perigee::runtime
