#include "server/services/badge/badge_service.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/services/badge/badge_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/badge/badge_grants.h"
#include "server/use_cases/badge/badge_judging.h"
#include "server/use_cases/badge/badges.h"

namespace perigee::services {
namespace {

using domain::Badge;
using domain::BadgeGrant;
using domain::Member;
using domain::MemberKey;
using domain::MergedMembers;
using use_cases::BadgeView;

// The grant that speaks for a badge of a person: one that is live, or else the head's.
std::vector<BadgeGrant> OnePerBadge(std::vector<BadgeGrant> grants, const MemberKey& head) {
  std::ranges::stable_sort(grants, {}, [&](const BadgeGrant& grant) {
    return std::tuple(grant.badge, !domain::IsLive(grant), grant.member != head);
  });
  grants.erase(
      std::unique(grants.begin(), grants.end(),
                  [](const BadgeGrant& a, const BadgeGrant& b) { return a.badge == b.badge; }),
      grants.end());
  return grants;
}

// Who is hidden answers as who is missing: with nothing.
absl::StatusOr<v1::ListBadgeGrantsResponse> ListGrants(const CallContext& call,
                                                       ports::StoreReader& reader,
                                                       const std::string& program,
                                                       const std::string& member_id) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  v1::ListBadgeGrantsResponse response;
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<Member> named,
                           reader.members().Find(program, member_id));
  if (!named.has_value()) {
    return response;
  }
  PERIGEE_ASSIGN_OR_RETURN(const Member head, RequireMember(reader, program, member_id));
  const ports::AccessPtr& access = call.caller.access;
  const bool is_own = access != nullptr && access->IsMember(head.id);
  if (!is_own && (head.board_opt_out || head.standing == domain::Standing::kSuspended)) {
    return response;
  }
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<BadgeGrant> grants,
                           use_cases::BadgeGrantsOf(reader, program, merged.AllOf(head.key)));
  for (const BadgeGrant& grant : OnePerBadge(std::move(grants), head.key)) {
    if (is_own || domain::IsLive(grant)) {
      *response.add_grants() = ToProto(program, grant, MemberName(program, head.id),
                                       is_own ? GrantShown::kWhole : GrantShown::kOutside);
    }
  }
  return response;
}

absl::StatusOr<v1::BadgeProgress> GetProgress(const CallContext& call, ports::StoreReader& reader,
                                              const std::vector<std::string>& parts) {
  PERIGEE_ASSIGN_OR_RETURN(const Badge badge, use_cases::RequireBadge(reader, parts[0], parts[2]));
  PERIGEE_ASSIGN_OR_RETURN(const Member head, RequireMember(reader, parts[0], parts[1]));
  PERIGEE_ASSIGN_OR_RETURN(const BadgeView view, BadgeView::Of(reader, parts[0], call.now));
  PERIGEE_ASSIGN_OR_RETURN(const domain::BadgeProgress progress,
                           view.ProgressOf(reader, head.key, badge));
  return ToProto(parts[0], badge, progress, MemberName(parts[0], head.id));
}

}  // namespace

BadgeService::BadgeService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.BadgeService") {
  Read<v1::ListBadgesRequest>("ListBadges", [this, &tokens](const CallContext&, const auto& asked) {
    return ListOfProgram<v1::ListBadgesResponse>(
        store(), tokens, "ListBadges", asked,
        [](auto& reader, const auto& program, const Page& page) {
          Badge after;
          after.id = page.after();
          return reader.records().template List<Badge>(program, {}, &after, page.Limit());
        },
        [](auto& answer, const auto& program, const Badge& badge) {
          *answer.add_badges() = ToProto(program, badge);
        });
  });
  Read<v1::ListBadgeGrantsRequest>(
      "ListBadgeGrants",
      [this](const CallContext& context,
             const auto& asked) -> absl::StatusOr<v1::ListBadgeGrantsResponse> {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                 ParseName("parent", asked.parent(), kMemberPattern));
        return ReadFrom(store(), [&](ports::StoreReader& reader) {
          return ListGrants(context, reader, parts[0], parts[1]);
        });
      });
  Read<v1::GetBadgeProgressRequest>(
      "GetBadgeProgress",
      [this](const CallContext& context, const auto& asked) -> absl::StatusOr<v1::BadgeProgress> {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                 ParseName("name", asked.name(), kBadgeProgressPattern));
        return ReadFrom(store(), [&](ports::StoreReader& reader) {
          return GetProgress(context, reader, parts);
        });
      });
}

}  // namespace perigee::services
