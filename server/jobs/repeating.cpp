#include "server/jobs/repeating.h"

#include <algorithm>
#include <utility>

#include "server/ports/executor.h"

namespace perigee::jobs {

Repeating::Repeating(ports::Executor& executor, std::chrono::milliseconds pause,
                     std::function<void()> work, int rests)
    : Repeating(
          executor, [pause] { return pause; }, std::move(work), rests) {}

Repeating::Repeating(ports::Executor& executor, std::function<std::chrono::milliseconds()> pause,
                     std::function<void()> work, int rests)
    : state_(new State{executor, std::move(pause), std::move(work), rests, {}, false}) {
  Next(state_, state_->pause());
}

Repeating::~Repeating() {
  const std::lock_guard lock(state_->running);
  state_->stopped = true;
}

void Repeating::Next(const std::shared_ptr<State>& state, std::chrono::milliseconds pause) {
  state->executor.After(pause, [state] {
    const std::lock_guard lock(state->running);
    if (state->stopped) {
      return;
    }
    const auto started = std::chrono::steady_clock::now();
    state->work();
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - started);
    Next(state, std::max(state->pause(), state->rests * took));
  });
}

}  // namespace perigee::jobs
