#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace perigee {

// Does one thing after another. Safe from many threads.
class Worker {
 public:
  virtual ~Worker() = default;
  // False if the worker has stopped. Then `work` will not run.
  virtual bool Post(std::function<void()> work) = 0;
  // Refuses new work and returns when the running work is done. Must not be called from the
  // worker's own work.
  virtual void Stop() = 0;
};

// A Worker with a thread of its own. Stop first does the work that is queued.
class SerialWorker final : public Worker {
 public:
  SerialWorker();
  ~SerialWorker() override;
  SerialWorker(const SerialWorker&) = delete;
  SerialWorker& operator=(const SerialWorker&) = delete;

  bool Post(std::function<void()> work) override;
  void Stop() override;

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable woken_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::mutex join_mutex_;
  std::thread thread_;
};

}  // namespace perigee
