#include "server/services/member/invitation_service.h"

#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/invitation.h"
#include "server/ports/ids.h"
#include "server/ports/record_reader.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/member/invitations.h"

namespace perigee::services {
namespace {

using domain::Invitation;

// The names of the members that the invitations name.
absl::StatusOr<MemberNames> NamesIn(ports::StoreReader& reader, const std::string& program,
                                    const std::vector<Invitation>& invitations) {
  std::vector<domain::MemberKey> keys;
  for (const Invitation& invitation : invitations) {
    keys.push_back(invitation.inviter);
    keys.push_back(invitation.member);
  }
  return NamesOf(reader, program, keys);
}

v1::Invitation ToProto(const std::string& program, const Invitation& invitation,
                       const MemberNames& names) {
  v1::Invitation out;
  out.set_name(FormatName(kInvitationPattern, {program, invitation.id}));
  const auto name = [&](const domain::MemberKey& key) {
    const auto found = names.find(key);
    return found == names.end() ? std::string() : found->second;
  };
  out.set_inviter(name(invitation.inviter));
  out.set_member(name(invitation.member));
  *out.mutable_expire_time() = ToTimestamp(invitation.expire_time);
  out.set_state(static_cast<v1::Invitation::State>(invitation.state));
  *out.mutable_create_time() = ToTimestamp(invitation.create_time);
  out.set_revision(invitation.revision);
  return out;
}

absl::StatusOr<ports::Decision> AnsweredWith(ports::StoreReader& reader, const std::string& program,
                                             use_cases::DecidedInvitation decided) {
  if (!decided.ok()) {
    return decided.status();
  }
  PERIGEE_ASSIGN_OR_RETURN(const MemberNames names, NamesIn(reader, program, {decided->value}));
  return Answered(std::move(decided), [&](const Invitation& invitation) {
    return ToProto(program, invitation, names);
  });
}

absl::StatusOr<Change> ChangeToCreate(const v1::CreateInvitationRequest& request, ports::Ids& ids) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  const v1::Invitation& asked = request.invitation();
  use_cases::InvitationDraft draft;
  draft.token =
      domain::MakeToken(ids.Random(), std::array{ids.Random(), ids.Random(), ids.Random()});
  if (!asked.inviter().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(draft.inviter,
                             ParseMemberRef("invitation.inviter", asked.inviter(), parts[0]));
  }
  if (!asked.member().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(draft.member,
                             ParseMemberRef("invitation.member", asked.member(), parts[0]));
  }
  if (asked.has_expire_time()) {
    PERIGEE_ASSIGN_OR_RETURN(draft.expire_time,
                             FromTimestamp("invitation.expire_time", asked.expire_time()));
  }
  Change change;
  change.program = parts[0];
  change.decide = [program = parts[0], draft](ports::StoreReader& reader,
                                              const ports::UnitContext& unit) {
    return AnsweredWith(reader, program, use_cases::CreateInvitation(reader, unit, program, draft));
  };
  // The token is added to the answer that is sent and not to the answer that is remembered, because
  // the store must not know it. A replay would have another token, of no invitation.
  change.more = [token = draft.token.Text()](const CallContext&, const ports::Outcome& outcome,
                                             const std::function<void(std::string)>& then) {
    v1::Invitation only_token;
    only_token.set_token(outcome.replayed ? "" : token);
    then(only_token.SerializeAsString());
  };
  return change;
}

absl::StatusOr<Change> ChangeToRevoke(const CallContext&,
                                      const v1::RevokeInvitationRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kInvitationPattern));
  return Change{parts[0], [parts](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return AnsweredWith(
                      reader, parts[0],
                      use_cases::RevokeInvitation(reader, unit, parts[0], parts[1]));
                }};
}

absl::StatusOr<v1::ListInvitationsResponse> ListInvitations(
    const v1::ListInvitationsRequest& request, const ports::Store& store,
    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListInvitations " + request.parent(), request));
  return ReadFrom(
      store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ListInvitationsResponse> {
        PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
        Invitation after;
        after.id = page.after();
        PERIGEE_ASSIGN_OR_RETURN(
            std::vector<Invitation> invitations,
            reader.records().List<Invitation>(parts[0], {}, &after, page.Limit()));
        v1::ListInvitationsResponse response;
        response.set_next_page_token(page.Cut(invitations, &Invitation::id));
        PERIGEE_ASSIGN_OR_RETURN(const MemberNames names, NamesIn(reader, parts[0], invitations));
        for (const Invitation& invitation : invitations) {
          *response.add_invitations() = ToProto(parts[0], invitation, names);
        }
        return response;
      });
}

}  // namespace

InvitationAdminService::InvitationAdminService(Call& call, ports::Ids& ids,
                                               const PageTokens& tokens)
    : Service(call, "perigee.v1.InvitationAdminService"), ids_(ids), tokens_(tokens) {
  Write<v1::CreateInvitationRequest>(
      "CreateInvitation",
      [this](const CallContext&, const auto& asked) { return ChangeToCreate(asked, ids_); });
  Read<v1::ListInvitationsRequest>("ListInvitations",
                                   [this](const CallContext&, const auto& asked) {
                                     return services::ListInvitations(asked, store(), tokens_);
                                   });
  Write<v1::RevokeInvitationRequest>("RevokeInvitation", ChangeToRevoke);
}

}  // namespace perigee::services
