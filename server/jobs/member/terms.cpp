#include "server/jobs/member/terms.h"

#include "server/domain/champion/appointment.h"
#include "server/domain/champion/contribution.h"
#include "server/domain/member/invitation.h"
#include "server/domain/member/trait.h"
#include "server/jobs/due_records.h"
#include "server/use_cases/champion/appointments.h"
#include "server/use_cases/champion/contribution_credit.h"
#include "server/use_cases/member/invitations.h"
#include "server/use_cases/member/traits.h"

namespace perigee::jobs {

DueHandler TraitSettling() { return EndRecords<domain::Trait>(use_cases::SettleDueTrait); }

DueHandler AppointmentSettling() {
  return EndRecords<domain::Appointment>(use_cases::SettleDueAppointment);
}

DueHandler ContributionCrediting() {
  return EndRecordsSingly<domain::Contribution>(use_cases::RecordDueShare);
}

DueHandler InvitationExpiry() {
  return EndRecords<domain::Invitation>(use_cases::ExpireInvitation);
}

}  // namespace perigee::jobs
