#pragma once

#include "server/jobs/due_loop.h"

namespace perigee::jobs {

// Ends holds that were not resolved in time.
DueHandler HoldExpiry();

// Takes out expired lots.
DueHandler LotExpiry();

}  // namespace perigee::jobs
