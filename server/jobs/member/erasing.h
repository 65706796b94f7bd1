#pragma once

#include "server/jobs/due_loop.h"

namespace perigee::jobs {

// Takes erased members out of the rows that the unit of work that erased them did not come to: of
// each one portion a pass, between which others write.
DueHandler MemberErasing();

}  // namespace perigee::jobs
