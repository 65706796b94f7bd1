#pragma once

#include "server/jobs/due_loop.h"

namespace perigee::jobs {

// Continues deletions of programmes: removes the rows that the first unit of work did not reach.
// Each programme gets one portion for each pass, and others write in between.
DueHandler ProgramDeleting();

}  // namespace perigee::jobs
