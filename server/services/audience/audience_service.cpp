#include "server/services/audience/audience_service.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/audience/audience.h"
#include "server/domain/member/member.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/member/terms.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/audience/audiences.h"

namespace perigee::services {
namespace {

using domain::Audience;
using domain::Member;

// Each member may cost a few questions to the store, which other reads must not wait for long.
constexpr int kExaminedAtOnce = 1000;

absl::StatusOr<v1::ListAudienceMembersResponse> ListMembersOf(ports::StoreReader& reader,
                                                              const std::string& program,
                                                              const Audience& audience,
                                                              const Page& page, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<Member> members,
      reader.members().List(program, Uuid::FromRaw(page.after()), kExaminedAtOnce + 1));
  v1::ListAudienceMembersResponse response;
  for (const Member& member : members) {
    if (response.examined() == kExaminedAtOnce || response.members_size() == page.size()) {
      response.set_next_page_token(page.TokenAfter(
          std::string(members[static_cast<std::size_t>(response.examined() - 1)].key.Raw())));
      break;
    }
    PERIGEE_ASSIGN_OR_RETURN(domain::Judgement judged,
                             use_cases::JudgeMember(reader, program, audience, member, now));
    response.set_examined(response.examined() + 1);
    if (judged.is_in) {
      v1::AudienceMember& in = *response.add_members();
      in.set_member(MemberName(program, member.id));
      in.set_display_name(member.display_name);
      in.mutable_why()->Assign(judged.why.begin(), judged.why.end());
    }
  }
  return response;
}

}  // namespace

AudienceAdminService::AudienceAdminService(Call& call, const PageTokens& tokens,
                                           ports::Terms& terms)
    : Service(call, "perigee.v1.AudienceAdminService"), tokens_(tokens), terms_(terms) {
  Read<v1::ListAudienceMembersRequest>(
      "ListAudienceMembers",
      [this](const CallContext& context,
             const auto& asked) -> absl::StatusOr<v1::ListAudienceMembersResponse> {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                 ParseName("parent", asked.parent(), kProgramPattern));
        if (asked.predicate().empty()) {
          return InvalidField("predicate", "must be given; `everybody` is one");
        }
        PERIGEE_ASSIGN_OR_RETURN(const Audience audience,
                                 Audience::Compile("predicate", asked.predicate()));
        PERIGEE_ASSIGN_OR_RETURN(
            const Page page,
            Page::Parse(tokens_, "ListAudienceMembers " + asked.parent() + " " + asked.predicate(),
                        asked));
        PERIGEE_RETURN_IF_ERROR(terms_.Settle(parts[0], context.now).status());
        using Answer = absl::StatusOr<v1::ListAudienceMembersResponse>;
        return ReadFrom(store(), [&](ports::StoreReader& reader) -> Answer {
          PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
          PERIGEE_RETURN_IF_ERROR(use_cases::CheckDemographic(reader, parts[0], audience.Facets(),
                                                              asked.allow_demographic()));
          return ListMembersOf(reader, parts[0], audience, page, context.now);
        });
      });
}

}  // namespace perigee::services
