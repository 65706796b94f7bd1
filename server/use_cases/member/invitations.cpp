#include "server/use_cases/member/invitations.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/program/program_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Identity;
using domain::Invitation;
using domain::InvitationState;
using domain::Member;
using domain::MemberKey;

constexpr std::chrono::days kOpenFor{30};
// Longer than any chain of people who invited each other will be. One that is longer counts as a
// circle.
constexpr int kChainMax = 1000;
constexpr int kIdentitiesMax = 1000;

absl::StatusOr<std::optional<Member>> FindMember(ports::StoreReader& reader,
                                                 const std::string& program, const MemberKey& key) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Member> found,
                           reader.members().FindByKeys(program, std::span(&key, 1)));
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

// Whether `inviter` is `member`, or was invited by it, directly or through others. Members that are
// one person count as one, with the inviter of the one that stands for them.
absl::StatusOr<bool> WouldCloseACircle(ports::StoreReader& reader, const std::string& program,
                                       MemberKey inviter, const MemberKey& member) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  for (int i = 0; i < kChainMax; ++i) {
    inviter = merged.HeadOf(inviter);
    if (inviter == merged.HeadOf(member)) {
      return true;
    }
    if (inviter.IsNil()) {
      return false;
    }
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<Member> found,
                             FindMember(reader, program, inviter));
    inviter = found.has_value() ? found->inviter : MemberKey{};
  }
  return true;
}

// Whether anybody signs in as the person of that member.
absl::StatusOr<bool> HasSignIn(ports::StoreReader& reader, const std::string& program,
                               const MemberKey& member) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  const std::vector<MemberKey> person = merged.AllOf(member);
  for (const MemberKey& one : person) {
    PERIGEE_ASSIGN_OR_RETURN(
        const std::vector<Identity> identities,
        reader.records().List<Identity>(program, {{"member_key", std::string(one.Raw())}}, nullptr,
                                        kIdentitiesMax));
    if (std::ranges::find(identities, false, &Identity::link) != identities.end()) {
      return true;
    }
  }
  return false;
}

// The member, or the one that stands for it.
absl::StatusOr<Member> PersonOf(ports::StoreReader& reader, const std::string& program,
                                Member member) {
  if (member.IsMerged()) {
    PERIGEE_ASSIGN_OR_RETURN(std::optional<Member> head,
                             FindMember(reader, program, member.merged_into));
    return head.value_or(std::move(member));
  }
  return member;
}

absl::StatusOr<std::optional<Invitation>> Find(ports::StoreReader& reader,
                                               const std::string& program, const std::string& id) {
  Invitation like;
  like.id = id;
  return reader.records().Find(program, like);
}

absl::Status NoOpenInvitation(const std::string& program) {
  const std::string name = ProgramName(program);
  return Error(Reason::kNotFound, "no open invitation to " + name + " has this token",
               {{"resource_name", name}});
}

void Put(Invitation invitation, const ports::UnitContext& unit, domain::Changes& changes) {
  invitation.revision = unit.revision;
  changes.records.Put(std::move(invitation));
}

// The sign-in that the subject has already, if any. Links of the subject are deleted: whoever signs
// in says more than they do.
absl::StatusOr<std::optional<Identity>> FreeSubject(ports::StoreReader& reader,
                                                    const std::string& program,
                                                    const Identity& sign_in,
                                                    domain::Changes& changes) {
  PERIGEE_ASSIGN_OR_RETURN(
      std::vector<Identity> identities,
      reader.records().List<Identity>(program, {{"subject_digest", sign_in.subject_digest}},
                                      nullptr, kIdentitiesMax));
  for (Identity& identity : identities) {
    if (!identity.link) {
      return std::move(identity);
    }
    changes.records.Delete(std::move(identity));
  }
  return std::nullopt;
}

// The outcome for a caller who is a member already: the same again if it became one by this
// invitation.
absl::StatusOr<Decided<Joined>> JoinedBefore(ports::StoreReader& reader, const std::string& program,
                                             const Invitation& invitation,
                                             const Identity& sign_in) {
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Member> member,
                           FindMember(reader, program, sign_in.member));
  if (invitation.state != InvitationState::kJoined || invitation.member != sign_in.member ||
      !member.has_value()) {
    return Error(Reason::kAlreadyExists,
                 "the caller is a member of programme " + program + " already",
                 {{"program", program}});
  }
  PERIGEE_ASSIGN_OR_RETURN(Member person, PersonOf(reader, program, *std::move(member)));
  return Decided<Joined>{{std::move(person), invitation.revision}, {}};
}

// The member that joins: that of the invitation, or a new one.
absl::StatusOr<Member> JoiningMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                                     const std::string& program, const Invitation& invitation,
                                     const Member& fresh) {
  Member member = fresh;
  if (invitation.member.IsNil()) {
    if (member.display_name.empty()) {
      return InvalidField("display_name", "is required for a new member");
    }
    member.kinds = {domain::StakeholderKind::kCustomer};
    member.join_time = unit.now;
    member.create_time = unit.now;
  } else {
    PERIGEE_ASSIGN_OR_RETURN(std::optional<Member> found,
                             FindMember(reader, program, invitation.member));
    PERIGEE_ASSIGN_OR_RETURN(const bool taken, HasSignIn(reader, program, invitation.member));
    if (!found.has_value() || taken) {
      return NoOpenInvitation(program);
    }
    member = *std::move(found);
  }
  if (member.inviter.IsNil()) {
    PERIGEE_ASSIGN_OR_RETURN(const bool circle,
                             WouldCloseACircle(reader, program, invitation.inviter, member.key));
    member.inviter = circle ? MemberKey{} : invitation.inviter;
  }
  member.update_time = unit.now;
  member.revision = unit.revision;
  return member;
}

}  // namespace

DecidedInvitation CreateInvitation(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const std::string& program, const InvitationDraft& draft) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  if (draft.expire_time.has_value() && *draft.expire_time <= unit.now) {
    return InvalidField("invitation.expire_time", "must be in the future");
  }
  Invitation invitation;
  invitation.id = draft.token.invitation;
  invitation.token_digest = draft.token.Digest();
  if (!draft.inviter.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const Member inviter,
                             RequireMember(reader, program, draft.inviter, "invitation.inviter"));
    invitation.inviter = inviter.key;
  }
  if (!draft.member.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const Member member,
                             RequireMember(reader, program, draft.member, "invitation.member"));
    invitation.member = member.key;
    PERIGEE_ASSIGN_OR_RETURN(const bool taken, HasSignIn(reader, program, member.key));
    if (taken) {
      return Error(Reason::kAlreadyExists, "member " + member.id + " has a sign-in already",
                   {{"member", member.id}});
    }
    PERIGEE_ASSIGN_OR_RETURN(const bool circle,
                             WouldCloseACircle(reader, program, invitation.inviter, member.key));
    if (circle) {
      return InvalidField("invitation.inviter", "was invited by the member, or is the member");
    }
  }
  invitation.create_time = unit.now;
  invitation.expire_time = draft.expire_time.value_or(unit.now + kOpenFor);
  invitation.due_time = invitation.expire_time;
  invitation.revision = unit.revision;
  return use_cases::Put(std::move(invitation));
}

DecidedInvitation RevokeInvitation(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const std::string& program, const std::string& id) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Invitation> invitation, Find(reader, program, id));
  if (!invitation.has_value()) {
    return NotFound(FormatName(kInvitationPattern, {program, id}));
  }
  if (!invitation->IsOpen(unit.now)) {
    return Error(Reason::kInvitationNotOpen, "invitation " + id + " is not open",
                 {{"invitation", id}});
  }
  domain::End(*invitation, InvitationState::kRevoked);
  invitation->revision = unit.revision;
  return use_cases::Put(*std::move(invitation));
}

absl::StatusOr<Decided<Joined>> JoinProgram(ports::StoreReader& reader,
                                            const ports::UnitContext& unit,
                                            const std::string& program, const JoinDraft& draft) {
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Program> owner,
                           reader.programs().Find(program));
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Invitation> invitation,
                           Find(reader, program, draft.token.invitation));
  if (!owner.has_value() || !invitation.has_value() ||
      !domain::IsTokenOf(draft.token, *invitation)) {
    return NoOpenInvitation(program);
  }
  Decided<Joined> decided;
  if (draft.sign_in.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<Identity> earlier,
                             FreeSubject(reader, program, *draft.sign_in, decided.changes));
    if (earlier.has_value()) {
      return JoinedBefore(reader, program, *invitation, *earlier);
    }
  }
  if (!invitation->IsOpen(unit.now)) {
    return NoOpenInvitation(program);
  }
  if (owner->state == domain::ProgramState::kClosed) {
    return domain::ProgramClosed(program);
  }
  PERIGEE_ASSIGN_OR_RETURN(Member member,
                           JoiningMember(reader, unit, program, *invitation, draft.member));
  decided.changes.records.Put(member);
  if (draft.sign_in.has_value()) {
    Identity identity = *draft.sign_in;
    identity.member = member.key;
    identity.create_time = unit.now;
    identity.revision = unit.revision;
    decided.changes.records.Put(std::move(identity));
  }
  domain::End(*invitation, InvitationState::kJoined);
  invitation->member = member.key;
  Put(*std::move(invitation), unit, decided.changes);
  // An invitation from before a merge is for the member of then.
  PERIGEE_ASSIGN_OR_RETURN(decided.value.member, PersonOf(reader, program, std::move(member)));
  return decided;
}

absl::Status ExpireInvitation(const std::string& /*program*/, Invitation invitation,
                              ports::StoreReader& /*reader*/, const ports::UnitContext& unit,
                              domain::Changes& changes) {
  domain::End(invitation, InvitationState::kExpired);
  Put(std::move(invitation), unit, changes);
  return absl::OkStatus();
}

}  // namespace perigee::use_cases
