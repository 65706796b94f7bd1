#pragma once

#include "server/jobs/due_loop.h"

namespace perigee::jobs {

// Notes that an insider item opened, that a release of it came, or that it closed, and lists it for
// the next such instant.
DueHandler ItemSettling();

}  // namespace perigee::jobs
