#pragma once

#include "server/jobs/due_loop.h"
#include "server/use_cases/board/close_period.h"

namespace perigee::jobs {

// Makes the final result of every period that was open at any time since its board was made, at the
// end of its grace for late events.
DueHandler PeriodClosing(const use_cases::ResultLimits& limits = {});

// Removes the drafts of abandoned closings.
DueHandler DraftRemoval(const use_cases::ResultLimits& limits = {});

}  // namespace perigee::jobs
