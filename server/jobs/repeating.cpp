#include "server/jobs/repeating.h"

#include <utility>

namespace perigee::jobs {

Repeating::Repeating(ports::Executor& executor, std::chrono::milliseconds pause,
                     std::function<void()> work)
    : state_(new State{executor, pause, std::move(work), {}, false}) {
  Next(state_);
}

Repeating::~Repeating() {
  const std::lock_guard lock(state_->running);
  state_->stopped = true;
}

void Repeating::Next(const std::shared_ptr<State>& state) {
  state->executor.After(state->pause, [state] {
    const std::lock_guard lock(state->running);
    if (state->stopped) {
      return;
    }
    state->work();
    Next(state);
  });
}

}  // namespace perigee::jobs
