#include "server/services/badge/badge_admin_service.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/ports/record_reader.h"
#include "server/services/badge/badge_convert.h"
#include "server/services/champion/champion_convert.h"
#include "server/services/dry_run.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/update_mask.h"
#include "server/use_cases/badge/badge_grants.h"
#include "server/use_cases/badge/badge_judging.h"
#include "server/use_cases/badge/badges.h"

namespace perigee::services {
namespace {

using domain::Badge;
using domain::BadgeGrant;
using domain::MemberKey;

constexpr std::size_t kReasonBytesMax = 2000;

constexpr Changeable<Badge> kChangeable[] = {
    {"display_name",
     [](Badge& badge, const Badge& given) { badge.display_name = given.display_name; }},
    {"description",
     [](Badge& badge, const Badge& given) { badge.description = given.description; }},
    {"rule", [](Badge& badge, const Badge& given) { badge.rule = given.rule; }},
    {"grandfather",
     [](Badge& badge, const Badge& given) { badge.grandfather = given.grandfather; }},
    {"retired", [](Badge& badge, const Badge& given) { badge.retired = given.retired; }},
};

absl::StatusOr<Badge> ParseBadge(const v1::Badge& badge) {
  Badge out;
  out.display_name = badge.display_name();
  out.description = badge.description();
  PERIGEE_ASSIGN_OR_RETURN(out.rule, ParseBadgeRule("badge.rule", badge.rule()));
  out.grandfather = badge.grandfather();
  out.retired = badge.retired();
  return out;
}

absl::StatusOr<Change> ChangeToCreate(const CallContext&, const v1::CreateBadgeRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(Badge badge, ParseBadge(request.badge()));
  badge.id = request.badge_id();
  PERIGEE_RETURN_IF_ERROR(domain::CheckBadge(badge));
  return Change{parts[0], [program = parts[0], badge](ports::StoreReader& reader,
                                                      const ports::UnitContext& unit) {
                  return Answered(use_cases::CreateBadge(reader, unit, program, badge),
                                  [&](const Badge& made) { return ToProto(program, made); });
                }};
}

absl::StatusOr<Change> ChangeToUpdate(const CallContext&, const v1::UpdateBadgeRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("badge.name", request.badge().name(), kBadgePattern));
  PERIGEE_ASSIGN_OR_RETURN(
      use_cases::Edit<Badge> edit,
      ParseEdit(request.update_mask(), request.badge(), kChangeable, ParseBadge));
  return Change{parts[0],
                [parts, edit](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(use_cases::UpdateBadge(reader, unit, parts[0], parts[1], edit),
                                  [&](const Badge& changed) { return ToProto(parts[0], changed); });
                }};
}

// GrantBadge or RevokeBadge, by `move`.
template <class Request>
absl::StatusOr<Change> ChangeByStaff(const Request& request,
                                     decltype(use_cases::GrantBadge)* move) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kBadgeGrantPattern));
  PERIGEE_RETURN_IF_ERROR(CheckText("reason", request.reason(), 1, kReasonBytesMax));
  return Change{parts[0],
                [parts, move, reason = request.reason()](
                    ports::StoreReader& reader,
                    const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
                  use_cases::DecidedBadgeGrant decided =
                      move(reader, unit, parts[0], parts[2], parts[1], reason);
                  if (!decided.ok()) {
                    return decided.status();
                  }
                  const MemberKey member = decided->value.member;
                  PERIGEE_ASSIGN_OR_RETURN(const PersonNames names,
                                           PersonNames::Of(reader, parts[0], {member}));
                  return Answered(std::move(decided), [&](const BadgeGrant& grant) {
                    return ToProto(parts[0], grant, names(member), GrantShown::kWhole);
                  });
                }};
}

// The badge id in the optional reference of a request. Empty for none.
absl::StatusOr<std::string> ParseBadgeRef(const std::string& name, const std::string& program) {
  if (name.empty()) {
    return std::string();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("badge", name, kBadgePattern));
  return parts[0] == program ? absl::StatusOr<std::string>(parts[1])
                             : InvalidField("badge", "is of another programme");
}

// The badge with the rule that is tried, as an update or creation would leave it.
absl::StatusOr<Badge> BadgeToTry(ports::StoreReader& reader, const std::string& program,
                                 const std::string& id, const Badge& tried) {
  PERIGEE_RETURN_IF_ERROR(use_cases::CheckAssets(reader, program, tried.rule));
  if (id.empty()) {
    return tried;
  }
  PERIGEE_ASSIGN_OR_RETURN(Badge badge, use_cases::RequireBadge(reader, program, id));
  if (badge.rule != tried.rule) {
    badge.rule = tried.rule;
    badge.grandfather = tried.grandfather;
    badge.rule_version = 0;  // Another one than that of any grant.
  }
  return badge;
}

absl::Status AddMove(ports::StoreReader& reader, const std::string& program,
                     const use_cases::BadgeFinding& finding, Time now,
                     v1::TryBadgeRuleResponse& response) {
  for (const BadgeGrant& grant : finding.changed) {
    const bool wins = domain::IsLive(grant);
    // A grant that the other rule confirms is no move.
    if (wins && grant.grant_time != now) {
      continue;
    }
    v1::BadgeMove& move = *response.add_moves();
    move.set_kind(wins ? v1::BadgeMove::KIND_WIN : v1::BadgeMove::KIND_LOSE);
    *move.mutable_evidence() = EvidenceOf(program, grant);
    *move.mutable_earn_time() = ToTimestamp(grant.earn_time);
    // One move of a person, whose members may each have the badge.
    return SetMember(reader, program, finding.person, move);
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::TryBadgeRuleResponse> TryBadgeRule(const CallContext& call,
                                                      const v1::TryBadgeRuleRequest& request,
                                                      const ports::Store& store,
                                                      const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::string id, ParseBadgeRef(request.badge(), parts[0]));
  Badge tried;
  PERIGEE_ASSIGN_OR_RETURN(tried.rule, ParseBadgeRule("rule", request.rule()));
  PERIGEE_RETURN_IF_ERROR(domain::CheckBadgeRule("rule", tried.rule));
  tried.grandfather = request.grandfather();
  PERIGEE_ASSIGN_OR_RETURN(const Page page, ParseDryRunPage(tokens, "TryBadgeRule", request));
  using Answer = absl::StatusOr<v1::TryBadgeRuleResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
    PERIGEE_ASSIGN_OR_RETURN(const Badge badge, BadgeToTry(reader, parts[0], id, tried));
    return DryRunPage<use_cases::BadgeView, v1::TryBadgeRuleResponse>(
        reader, parts[0], badge, page, call.now, [&](const auto& finding, auto& response) {
          return AddMove(reader, parts[0], finding, call.now, response);
        });
  });
}

// The place of a grant in the list of all: its member's key, then its badge.
BadgeGrant GrantAt(const std::string& position) {
  BadgeGrant grant;
  const std::size_t bytes = std::min(position.size(), grant.member.bytes.size());
  grant.member = Uuid::FromRaw(std::string_view(position).substr(0, bytes));
  grant.badge = position.substr(bytes);
  return grant;
}

absl::StatusOr<v1::ListAllBadgeGrantsResponse> ListAllGrants(
    const v1::ListAllBadgeGrantsRequest& request, const ports::Store& store,
    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::string badge, ParseBadgeRef(request.badge(), parts[0]));
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page,
      Page::Parse(tokens, "ListAllBadgeGrants " + request.parent() + " " + badge, request));
  using Answer = absl::StatusOr<v1::ListAllBadgeGrantsResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
    const BadgeGrant after = GrantAt(page.after());
    std::vector<ports::FieldIs> filter;
    if (!badge.empty()) {
      filter.push_back({"badge", badge});
    }
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<BadgeGrant> grants,
        reader.records().List<BadgeGrant>(parts[0], filter, &after, page.Limit()));
    v1::ListAllBadgeGrantsResponse response;
    response.set_next_page_token(page.Cut(grants, [](const BadgeGrant& grant) {
      return absl::StrCat(std::string(grant.member.Raw()), grant.badge);
    }));
    std::vector<MemberKey> keys;
    for (const BadgeGrant& grant : grants) {
      keys.push_back(grant.member);
    }
    // By their own names: each member has grants of its own.
    PERIGEE_ASSIGN_OR_RETURN(const MemberNames names, NamesOf(reader, parts[0], keys));
    for (const BadgeGrant& grant : grants) {
      const auto name = names.find(grant.member);
      if (name != names.end()) {
        *response.add_grants() = ToProto(parts[0], grant, name->second, GrantShown::kWhole);
      }
    }
    return response;
  });
}

}  // namespace

BadgeAdminService::BadgeAdminService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.BadgeAdminService") {
  Write<v1::CreateBadgeRequest>("CreateBadge", ChangeToCreate);
  Write<v1::UpdateBadgeRequest>("UpdateBadge", ChangeToUpdate);
  Read<v1::TryBadgeRuleRequest>("TryBadgeRule",
                                [this, &tokens](const CallContext& context, const auto& asked) {
                                  return services::TryBadgeRule(context, asked, store(), tokens);
                                });
  Write<v1::GrantBadgeRequest>("GrantBadge", [](const CallContext&, const auto& asked) {
    return ChangeByStaff(asked, use_cases::GrantBadge);
  });
  Write<v1::RevokeBadgeRequest>("RevokeBadge", [](const CallContext&, const auto& asked) {
    return ChangeByStaff(asked, use_cases::RevokeBadge);
  });
  Read<v1::ListAllBadgeGrantsRequest>("ListAllBadgeGrants",
                                      [this, &tokens](const CallContext&, const auto& asked) {
                                        return services::ListAllGrants(asked, store(), tokens);
                                      });
}

}  // namespace perigee::services
