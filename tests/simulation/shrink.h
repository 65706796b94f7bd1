#pragma once

#include <functional>
#include <optional>

#include "tests/simulation/history.h"

namespace perigee::simulation {

// Answers after how many of its steps a history fails in the way that is looked for; nullopt if it
// does not.
using Fails = std::function<std::optional<std::size_t>(const History& history)>;

// The shortest failing history. Shrinking leaves out ever smaller parts until no single step can be
// left out, and then makes numbers smaller. `history` must fail; runs at most `runs_max` histories.
History Shrink(History history, const Fails& fails, int runs_max = 5000);

}  // namespace perigee::simulation
