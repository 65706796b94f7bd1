#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>

namespace perigee::ports {
class Executor;
}  // namespace perigee::ports

namespace perigee::jobs {

// Does the same again and again on an executor, `pause` after it was last done, and `rests` times
// as long as that took if that is longer, until it is destroyed; that waits for a run under way.
class Repeating {
 public:
  Repeating(ports::Executor& executor, std::chrono::milliseconds pause, std::function<void()> work,
            int rests = 0);
  // The pause is asked for after each run.
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
