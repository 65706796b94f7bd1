#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "server/core/fair_queue.h"
#include "server/ports/executor.h"

namespace perigee::ports {
class QueueStats;
}  // namespace perigee::ports

namespace perigee::runtime {

// A few threads, one queue bounded by count and time, and timers. The work of a due timer joins the
// queue, however long the queue is.
class ThreadExecutor final : public ports::Executor {
 public:
  // `stats`, if present, must outlive it.
  ThreadExecutor(std::size_t threads, QueueLimits limits, ports::QueueStats* stats = nullptr);
  // Calls Stop.
  ~ThreadExecutor() override;
  ThreadExecutor(const ThreadExecutor&) = delete;
  ThreadExecutor& operator=(const ThreadExecutor&) = delete;

  absl::Status Submit(std::function<void()> work) override;
  void After(std::chrono::milliseconds delay, std::function<void()> work) override;

  // Finishes the submitted work, drops timers that are not due, refuses new work, and waits. Must
  // not be called from its own work.
  void Stop();

 private:
  using Clock = std::chrono::steady_clock;
  void Work();
  // Moves the work of due timers into the queue.
  void CollectDue();

  const std::int64_t thread_count_;
  ports::QueueStats* const stats_;
  std::mutex mutex_;
  std::condition_variable wake_;
  FairQueue<std::function<void()>> queue_;
  std::multimap<Clock::time_point, std::function<void()>> timers_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace perigee::runtime
