#pragma once

#include "server/jobs/due_loop.h"

namespace perigee::jobs {

// Continues erasures: clears erased members from the rows that the first unit of work did not
// reach. Each member gets one portion for each pass, and others write in between.
DueHandler MemberErasing();

}  // namespace perigee::jobs
