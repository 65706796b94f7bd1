#pragma once

#include "server/jobs/due_loop.h"

namespace perigee::jobs {

// Brings members up to date with traits whose terms begin or end.
DueHandler TraitSettling();

// Gives members the titles of appointments that begin, and takes those of appointments that end.
DueHandler AppointmentSettling();

// Ends invitations whose time has passed.
DueHandler InvitationExpiry();

// Ends redemptions whose holds have expired, so that others may have their stock.
DueHandler RedemptionExpiry();

}  // namespace perigee::jobs
