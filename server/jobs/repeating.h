#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>

namespace perigee::ports {
class Executor;
}  // namespace perigee::ports

namespace perigee::jobs {

// Runs the work again and again on an executor, until it is destroyed. Each run starts `pause`
// after the last one ended, or `rests` times that run's duration after it if that is longer.
// Destruction waits for a run under way.
class Repeating {
 public:
  Repeating(ports::Executor& executor, std::chrono::milliseconds pause, std::function<void()> work,
            int rests = 0);
  // `pause` is called after each run.
  Repeating(ports::Executor& executor, std::function<std::chrono::milliseconds()> pause,
            std::function<void()> work, int rests = 0);
  ~Repeating();
  Repeating(const Repeating&) = delete;
  Repeating& operator=(const Repeating&) = delete;

 private:
  struct State {
    ports::Executor& executor;
    const std::function<std::chrono::milliseconds()> pause;
    const std::function<void()> work;
    const int rests;
    std::mutex running;
    bool stopped = false;  // Guarded by `running`.
  };
  static void Next(const std::shared_ptr<State>& state, std::chrono::milliseconds pause);

  const std::shared_ptr<State> state_;
};

}  // namespace perigee::jobs
