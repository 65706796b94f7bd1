#pragma once

#include <chrono>
#include <functional>

namespace perigee::ports {

// Runs work that may block, on bounded threads and a bounded queue. Safe from many threads.
class Executor {
 public:
  virtual ~Executor() = default;
  // False, at once, if the queue is full or the executor is stopping: then `work` will not run.
  virtual bool Submit(std::function<void()> work) = 0;
  // Runs `work` once after `delay`, unless the executor stops first. Not for exact times.
  virtual void After(std::chrono::milliseconds delay, std::function<void()> work) = 0;
};

}  // namespace perigee::ports
