#pragma once

#include "server/jobs/due_loop.h"

namespace perigee::jobs {

// Ends holds that nobody resolved.
DueHandler HoldExpiry();

// Takes out lots that nobody spent.
DueHandler LotExpiry();

}  // namespace perigee::jobs
