#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace perigee::jobs {

// One thread that does one thing after another. Safe from many threads.
class SerialWorker {
 public:
  SerialWorker();
  ~SerialWorker();
  SerialWorker(const SerialWorker&) = delete;
  SerialWorker& operator=(const SerialWorker&) = delete;

  // False if it has stopped: then `work` will not run.
  bool Post(std::function<void()> work);
  // Does what is queued, takes nothing more, and returns when the thread is done. Not from the
  // thread itself.
  void Stop();

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable woken_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::mutex join_mutex_;
  std::thread thread_;
};

}  // namespace perigee::jobs
