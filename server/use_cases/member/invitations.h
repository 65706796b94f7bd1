#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/access/role_grant.h"
#include "server/domain/member/invitation.h"
#include "server/domain/member/member.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

struct InvitationDraft {
  domain::InvitationToken token;
  std::string inviter;  // The member's id. Empty: nobody but the programme.
  std::string member;   // Whom it is for, by id. Empty: a new member.
  std::optional<Time> expire_time;
};

using DecidedInvitation = absl::StatusOr<Decided<domain::Invitation>>;

// kNotFound for the programme, `invitation.inviter` and `invitation.member`. kAlreadyExists if the
// member has a sign-in. kInvalidField for an expire_time that is not in the future, and for an
// inviter who is the member or was invited by it, directly or through others.
DecidedInvitation CreateInvitation(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const std::string& program, const InvitationDraft& draft);

// kNotFound, kInvitationNotOpen.
DecidedInvitation RevokeInvitation(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const std::string& program, const std::string& id);

struct JoinDraft {
  domain::InvitationToken token;
  // The caller's sign-in, with id and subject. Absent: nobody signs in, and the member cannot.
  std::optional<domain::Identity> sign_in;
  domain::Member member;  // The new one, with key, id and display name, which may be empty.
};

struct Joined {
  domain::Member member;
  // Present: the subject joined by this very invitation before, at that revision.
  std::optional<domain::Revision> made_at;
};

// Makes the subject the member that the invitation is for, or a new one, and uses the invitation
// up. kNotFound, always alike, for a programme or an open invitation that is not there.
// kAlreadyExists if the subject is a member already, kProgramClosed, and kInvalidField
// (`display_name`) for a new member without a good name. To be decided in closed programmes too, so
// that only those who have a token learn of them.
absl::StatusOr<Decided<Joined>> JoinProgram(ports::StoreReader& reader,
                                            const ports::UnitContext& unit,
                                            const std::string& program, const JoinDraft& draft);

// Ends an invitation that is due.
absl::Status ExpireInvitation(const std::string& program, domain::Invitation invitation,
                              ports::StoreReader& reader, const ports::UnitContext& unit,
                              domain::Changes& changes);

}  // namespace perigee::use_cases
