#pragma once

#include "server/ports/store.h"

namespace perigee::tests {

// Writes kProgram with some of everything: members, an activity with thanks and a capped grant, a
// spend, a hold, lots, a reversal with a memo, a board and its result. A request makes each entry.
void WriteLivelyProgramme(ports::Store& store);

}  // namespace perigee::tests
