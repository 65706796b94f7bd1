#include "server/jobs/member/terms.h"

#include "server/domain/member/invitation.h"
#include "server/domain/member/trait.h"
#include "server/jobs/due_records.h"
#include "server/use_cases/member/invitations.h"
#include "server/use_cases/member/traits.h"

namespace perigee::jobs {

DueHandler TraitSettling() { return EndRecords<domain::Trait>(use_cases::SettleDueTrait); }

DueHandler InvitationExpiry() {
  return EndRecords<domain::Invitation>(use_cases::ExpireInvitation);
}

}  // namespace perigee::jobs
