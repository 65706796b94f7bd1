#include "server/runtime/executor.h"

#include <utility>

namespace perigee::runtime {

ThreadExecutor::ThreadExecutor(std::size_t threads, std::size_t queue_max) : queue_max_(queue_max) {
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

ThreadExecutor::~ThreadExecutor() { Stop(); }

bool ThreadExecutor::Submit(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= queue_max_) {
      return false;
    }
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
  return true;
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
  const auto due = timers_.upper_bound(Clock::now());
  for (auto timer = timers_.begin(); timer != due; ++timer) {
    queue_.push_back(std::move(timer->second));
  }
  timers_.erase(timers_.begin(), due);
}

void ThreadExecutor::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    CollectDue();
    if (!queue_.empty()) {
      const std::function<void()> work = std::move(queue_.front());
      queue_.pop_front();
      // Several may have come due at once, for one thread that was woken.
      if (!queue_.empty()) {
        wake_.notify_one();
      }
      lock.unlock();
      work();
      lock.lock();
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
