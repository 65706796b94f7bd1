#include "server/jobs/member/terms.h"

#include "server/domain/champion/appointment.h"
#include "server/domain/member/invitation.h"
#include "server/domain/member/trait.h"
#include "server/domain/reward/redemption.h"
#include "server/jobs/due_records.h"
#include "server/use_cases/champion/appointments.h"
#include "server/use_cases/member/invitations.h"
#include "server/use_cases/member/traits.h"
#include "server/use_cases/reward/redemptions.h"

namespace perigee::jobs {

DueHandler TraitSettling() { return EndRecords<domain::Trait>(use_cases::SettleDueTrait); }

DueHandler AppointmentSettling() {
  return EndRecords<domain::Appointment>(use_cases::SettleDueAppointment);
}

DueHandler InvitationExpiry() {
  return EndRecords<domain::Invitation>(use_cases::ExpireInvitation);
}

DueHandler RedemptionExpiry() {
  return EndRecords<domain::Redemption>(use_cases::SettleDueRedemption);
}

}  // namespace perigee::jobs
