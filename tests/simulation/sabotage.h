#pragma once

#include <string>

#include "server/ports/store.h"
#include "tests/simulation/operation.h"

namespace perigee::simulation {

// Faults that the test adds to see that the simulation finds them. The server has none of them.
struct Sabotage {
  bool cache_ignores_marks = false;
  bool store_forgets_requests = false;
  bool asks_are_counted_ahead = false;    // When the client asks, and not in the unit.
  bool stock_is_forgotten = false;        // Redemptions do not change their reward.
  bool badges_are_granted_twice = false;  // Staff's grant does not look at what is there.
  bool promotions_are_lost = false;       // Tiers move their cursor on and change nothing.
};

// Builds the faults of units into the unit of an operation. `view` is the store as it is when the
// client asks.
void Break(const Sabotage& sabotage, const Operation& operation, ports::StoreReader& view,
           ports::Unit& unit);

// Builds the faults of jobs into the unit of a job.
void BreakJob(const Sabotage& sabotage, ports::Unit& unit);

// The options of perigee-simulate that ask for it.
std::string OptionsOf(const Sabotage& sabotage);

}  // namespace perigee::simulation
