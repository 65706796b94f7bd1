#include "server/use_cases/explain/explain_badge.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/badge/badge.h"
#include "server/domain/badge/badge_grant.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/badge/badge_grants.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Badge;
using domain::BadgeGrant;
using domain::BadgeRevokeReason;
using domain::BadgeState;
using domain::Explanation;
using domain::ExplanationPart;

// The person's grant that counts: a live one before others, the head's before others.
absl::StatusOr<std::optional<BadgeGrant>> GrantOf(ports::StoreReader& reader,
                                                  const std::string& program,
                                                  const domain::MemberKey& head,
                                                  const std::string& badge) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<BadgeGrant> grants,
                           BadgeGrantsOf(reader, program, merged.AllOf(head)));
  std::erase_if(grants, [&](const BadgeGrant& grant) { return grant.badge != badge; });
  const auto best = std::ranges::max_element(grants, {}, [&](const BadgeGrant& grant) {
    return std::pair(domain::IsLive(grant), grant.member == head);
  });
  return best == grants.end() ? std::nullopt : std::optional(*best);
}

// A fact of the evidence. One whose record is gone keeps its name.
absl::StatusOr<ExplanationPart> PartOf(ports::StoreReader& reader, const std::string& program,
                                       const std::string& fact) {
  ExplanationPart part;
  // The id of a transfer has its place in the revision besides.
  if (fact.find('-') != std::string::npos) {
    part.source = FormatName(kTransferPattern, {program, fact});
    part.text = "A transfer counted.";
    PERIGEE_ASSIGN_OR_RETURN(const domain::TransferId id, domain::ParseTransferId("fact", fact));
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Transfer> transfer,
                             reader.ledger().Books(program).FindTransfer(id));
    if (transfer.has_value()) {
      part.time = transfer->effective_time;
    }
    return part;
  }
  part.source = FormatName(kActivityPattern, {program, fact});
  part.text = "An activity counted.";
  domain::Revision revision = 0;
  if (absl::SimpleAtoi(fact, &revision)) {
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Activity> activity,
                             reader.activities().Find(program, revision));
    if (activity.has_value()) {
      part.text = absl::StrCat("An activity counted: ", activity->type, ".");
      part.time = activity->occur_time;
    }
  }
  return part;
}

std::string RevocationText(BadgeRevokeReason reason) {
  switch (reason) {
    case BadgeRevokeReason::kRuleNotMet:
      return "It was revoked because its rule was not met any more.";
    case BadgeRevokeReason::kRuleChanged:
      return "It was revoked because its rule changed.";
    default:
      return "It was revoked by staff.";
  }
}

absl::Status AddParts(ports::StoreReader& reader, const std::string& program,
                      const BadgeGrant& grant, Explanation& explanation) {
  if (grant.by_staff || grant.facts.empty()) {
    explanation.parts.push_back(
        {1, grant.by_staff ? "Staff granted it." : "Its rule granted it.", "", grant.grant_time});
  } else {
    for (const std::string& fact : grant.facts) {
      PERIGEE_ASSIGN_OR_RETURN(ExplanationPart part, PartOf(reader, program, fact));
      explanation.parts.push_back(std::move(part));
    }
    // All of them count together: the badge is there with the last one.
    ExplanationPart& last = explanation.parts.back();
    last.amount = 1;
    absl::StrAppend(&last.text, " With it the rule was met.");
  }
  if (grant.revoke_time.has_value()) {
    explanation.parts.push_back({-1, RevocationText(grant.revoke_reason), "", grant.revoke_time});
  }
  return absl::OkStatus();
}

// `5 of talk, review (2 each)`.
std::string TextOf(const domain::BadgeCriterion& criterion) {
  if (!criterion.asset.empty()) {
    return absl::StrCat(criterion.at_least, " earned of ", criterion.asset);
  }
  const std::string types =
      absl::StrJoin(criterion.terms, ", ", [](std::string* out, const domain::BadgeTerm& term) {
        absl::StrAppend(out, term.type);
        if (term.weight != 1) {
          absl::StrAppend(out, " (", term.weight, " each)");
        }
      });
  return absl::StrCat(criterion.at_least, " of ", types,
                      criterion.role == domain::BadgeRole::kRecipient ? " for the member" : "");
}

std::string TextOf(const domain::BadgeRule& rule) {
  const std::string all = absl::StrJoin(
      rule.criteria, " and ",
      [](std::string* out, const auto& criterion) { absl::StrAppend(out, TextOf(criterion)); });
  switch (rule.group) {
    case domain::BadgeGroup::kObject:
      return all + ", all concerning one object";
    case domain::BadgeGroup::kDay:
      return all + ", all on one day";
    case domain::BadgeGroup::kNone:
      break;
  }
  return all;
}

void AddSteps(const Badge& badge, const BadgeGrant& grant, Explanation& explanation) {
  const bool by_rule = !badge.rule.criteria.empty() && !badge.retired;
  switch (domain::StateOf(grant)) {
    case BadgeState::kGranted:
      if (by_rule && !badge.rule.keeps) {
        explanation.next.push_back(
            {absl::StrCat("It is lost when this is not met any more: ", TextOf(badge.rule), "."),
             -1,
             "badge",
             {}});
      }
      return;
    case BadgeState::kRevoked:
      if (by_rule) {
        explanation.next.push_back(
            {absl::StrCat("It is granted again when this is met: ", TextOf(badge.rule), "."),
             1,
             "badge",
             {}});
      }
      return;
    case BadgeState::kRevokedByStaff:
      if (!badge.retired) {
        explanation.next.push_back({"Staff can grant it again.", 1, "badge", {}});
      }
      return;
    case BadgeState::kGrantedByStaff:
      return;
  }
}

}  // namespace

absl::StatusOr<Explanation> ExplainBadge(ports::StoreReader& reader, const std::string& program,
                                         const std::string& member_id,
                                         const std::string& badge_id) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member head, RequireMember(reader, program, member_id));
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<BadgeGrant> grant,
                           GrantOf(reader, program, head.key, badge_id));
  Badge like;
  like.id = badge_id;
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<Badge> badge, reader.records().Find(program, like));
  if (!grant.has_value() || !badge.has_value()) {
    return NotFound(FormatName(kBadgeGrantPattern, {program, member_id, badge_id}));
  }
  Explanation explanation;
  explanation.name = FormatName(kBadgeGrantPattern, {program, head.id, badge_id});
  explanation.value = domain::IsLive(*grant) ? 1 : 0;
  explanation.unit = "badge";
  explanation.text = absl::StrCat(domain::IsLive(*grant) ? "Has " : "Had ", badge->display_name);
  explanation.since = grant->revoke_time.has_value() ? *grant->revoke_time : grant->grant_time;
  PERIGEE_RETURN_IF_ERROR(AddParts(reader, program, *grant, explanation));
  AddSteps(*badge, *grant, explanation);
  return explanation;
}

}  // namespace perigee::use_cases
