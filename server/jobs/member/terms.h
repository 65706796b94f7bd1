#pragma once

#include "server/jobs/due_loop.h"

namespace perigee::jobs {

// Brings members up to date with traits whose terms begin or end.
DueHandler TraitSettling();

// Ends invitations whose time has passed.
DueHandler InvitationExpiry();

}  // namespace perigee::jobs
