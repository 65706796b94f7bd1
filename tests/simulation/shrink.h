#pragma once

#include <functional>
#include <optional>

#include "tests/simulation/history.h"

namespace perigee::simulation {

// Whether a history fails in the way that is looked for, and after how many of its steps.
using Fails = std::function<std::optional<std::size_t>(const History& history)>;

// The shortest history that fails, found by leaving out ever smaller parts until no single step can
// be left out, and then by making numbers smaller. `history` must fail; runs at most `runs_max`
// histories.
History Shrink(History history, const Fails& fails, int runs_max = 5000);

}  // namespace perigee::simulation
