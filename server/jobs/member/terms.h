#pragma once

#include "server/jobs/due_loop.h"

namespace perigee::jobs {

// Brings members up to date with traits whose terms begin or end.
DueHandler TraitSettling();

// Gives members the titles of appointments that begin, and takes those of appointments that end.
DueHandler AppointmentSettling();

// Records the shares of accepted contributions as activities, one in a unit.
DueHandler ContributionCrediting();

// Ends invitations whose time has passed.
DueHandler InvitationExpiry();

}  // namespace perigee::jobs
