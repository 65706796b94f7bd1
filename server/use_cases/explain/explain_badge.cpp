#include "server/use_cases/explain/explain_badge.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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
#include "server/use_cases/badge/badge_judging.h"
#include "server/use_cases/badge/badges.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Badge;
using domain::BadgeCriterion;
using domain::BadgeGrant;
using domain::BadgeRevokeReason;
using domain::BadgeStage;
using domain::BadgeStageProgress;
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
  std::vector<ExplanationPart> parts;
  const std::vector<domain::BadgeStageEvidence> stages = domain::StagesOf(grant);
  for (std::size_t i = 0; i < stages.size(); ++i) {
    for (const std::string& fact : stages[i].facts) {
      PERIGEE_ASSIGN_OR_RETURN(ExplanationPart part, PartOf(reader, program, fact));
      if (stages.size() > 1) {
        absl::StrAppend(&part.text, " It was for stage ", i + 1, " of ", stages.size(), ".");
      }
      parts.push_back(std::move(part));
    }
  }
  if (stages.empty()) {
    parts.push_back({1, "Staff granted it.", "", grant.grant_time});
  } else if (!parts.empty()) {  // The evidence of earlier builds cannot be read.
    // All of them count together: the badge is there with the last one.
    parts.back().amount = 1;
    absl::StrAppend(&parts.back().text, " With it the rule was met.");
  }
  if (grant.revoke_time.has_value()) {
    parts.push_back({-1, RevocationText(grant.revoke_reason), "", grant.revoke_time});
  }
  ShowParts(std::move(parts), explanation);
  return absl::OkStatus();
}

// `talk, review (2 each)`.
std::string TypesOf(const BadgeCriterion& criterion) {
  return absl::StrJoin(criterion.terms, ", ", [](std::string* out, const domain::BadgeTerm& term) {
    absl::StrAppend(out, term.type);
    if (term.weight != 1) {
      absl::StrAppend(out, " (", term.weight, " each)");
    }
  });
}

// What follows an amount: ` of talk, review (2 each)`.
std::string WhatOf(const BadgeCriterion& criterion) {
  if (!criterion.asset.empty()) {
    return " earned of " + criterion.asset;
  }
  return absl::StrCat(" of ", TypesOf(criterion),
                      criterion.role == domain::BadgeRole::kRecipient ? " for the member" : "");
}

// `5 of talk and 2 of review`.
std::string TextOf(const std::vector<BadgeCriterion>& criteria) {
  return absl::StrJoin(criteria, " and ", [](std::string* out, const BadgeCriterion& criterion) {
    absl::StrAppend(out, criterion.at_least, WhatOf(criterion));
  });
}

std::string TextOf(const BadgeStage& stage) {
  switch (stage.group) {
    case domain::BadgeGroup::kObject:
      return TextOf(stage.criteria) + ", all concerning one object";
    case domain::BadgeGroup::kDay:
      return TextOf(stage.criteria) + ", all on one day";
    case domain::BadgeGroup::kNone:
      break;
  }
  return TextOf(stage.criteria);
}

// `Stage 2 of 3, Answer: `. Empty where there is one.
std::string WhichOf(const domain::BadgeRule& rule, std::size_t stage) {
  if (rule.stages.size() == 1) {
    return "";
  }
  const std::string& name = rule.stages[stage].display_name;
  return absl::StrCat("Stage ", stage + 1, " of ", rule.stages.size(),
                      name.empty() ? "" : ", " + name, ": ");
}

// What the open stage lacks. The sums are those of the day or object to which the texts refer.
void AddMissing(const domain::BadgeRule& rule, const domain::BadgeProgress& progress, Time now,
                Explanation& explanation) {
  const auto open = std::ranges::find_if(progress.stages, [](const BadgeStageProgress& stage) {
    return stage.is_open && !stage.met.has_value();
  });
  if (open == progress.stages.end() || open->window.end <= now) {
    return;
  }
  const auto at = static_cast<std::size_t>(open - progress.stages.begin());
  const BadgeStage& stage = rule.stages[at];
  std::optional<Time> until;
  if (open->window.end != kEndOfTime) {
    until = open->window.end;
  }
  const std::string from =
      now < open->window.start ? absl::StrCat(" from ", FormatTime(open->window.start), " on") : "";
  if (stage.IsStreak()) {
    const int missing = stage.days_in_a_row - open->row.length;
    explanation.next.push_back(
        {absl::StrCat(WhichOf(rule, at), missing, missing == 1 ? " more day" : " more days",
                      " in a row with ", TextOf(stage.criteria), from, "."),
         missing, "days", open->row.until.has_value() ? open->row.until : until});
    return;
  }
  for (std::size_t i = 0; i < stage.criteria.size(); ++i) {
    const BadgeCriterion& criterion = stage.criteria[i];
    const std::int64_t missing = criterion.at_least - open->sums[i];
    if (missing <= 0) {
      continue;
    }
    const std::string_view where = stage.group == domain::BadgeGroup::kObject
                                       ? ", all concerning one object"
                                   : stage.group == domain::BadgeGroup::kDay ? " today"
                                                                             : "";
    explanation.next.push_back(
        {absl::StrCat(WhichOf(rule, at), missing, " more", WhatOf(criterion), std::string(where),
                      from, "."),
         missing, criterion.asset.empty() ? TypesOf(criterion) : criterion.asset, until});
  }
}

// What is missing to the badge, which the person has no more or never had.
absl::Status AddWay(ports::StoreReader& reader, const std::string& program,
                    const domain::Member& head, const Badge& badge, Time now,
                    Explanation& explanation) {
  if (badge.retired) {
    return absl::OkStatus();
  }
  if (badge.rule.stages.empty()) {
    explanation.next.push_back({"Staff can grant it.", 1, "badge", {}});
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const BadgeView view, BadgeView::Of(reader, program, now));
  PERIGEE_ASSIGN_OR_RETURN(const domain::BadgeProgress progress,
                           view.ProgressOf(reader, head.key, badge));
  AddMissing(badge.rule, progress, now, explanation);
  return absl::OkStatus();
}

absl::Status AddSteps(ports::StoreReader& reader, const std::string& program,
                      const domain::Member& head, const Badge& badge,
                      const std::optional<BadgeGrant>& grant, Time now, Explanation& explanation) {
  if (!grant.has_value() || domain::StateOf(*grant) == BadgeState::kRevoked) {
    return AddWay(reader, program, head, badge, now, explanation);
  }
  if (badge.retired) {
    return absl::OkStatus();
  }
  if (domain::StateOf(*grant) == BadgeState::kRevokedByStaff) {
    explanation.next.push_back({"Staff can grant it again.", 1, "badge", {}});
  } else if (!grant->by_staff && !badge.rule.keeps && !badge.rule.stages.empty()) {
    explanation.next.push_back({absl::StrCat("It is lost when this is not met any more: ",
                                             TextOf(badge.rule.stages.front()), "."),
                                -1,
                                "badge",
                                {}});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Explanation> ExplainBadge(ports::StoreReader& reader, const std::string& program,
                                         const std::string& member_id, const std::string& badge_id,
                                         Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const Badge badge, RequireBadge(reader, program, badge_id));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member head, RequireMember(reader, program, member_id));
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<BadgeGrant> grant,
                           GrantOf(reader, program, head.key, badge_id));
  const bool has = grant.has_value() && domain::IsLive(*grant);
  Explanation explanation;
  explanation.name = FormatName(kBadgeGrantPattern, {program, head.id, badge_id});
  explanation.value = has ? 1 : 0;
  explanation.unit = "badge";
  explanation.text = absl::StrCat(has                 ? "Has "
                                  : grant.has_value() ? "Had "
                                                      : "Does not have ",
                                  badge.display_name);
  if (grant.has_value()) {
    explanation.since = has ? grant->grant_time : *grant->revoke_time;
    PERIGEE_RETURN_IF_ERROR(AddParts(reader, program, *grant, explanation));
  }
  PERIGEE_RETURN_IF_ERROR(AddSteps(reader, program, head, badge, grant, now, explanation));
  return explanation;
}

}  // namespace perigee::use_cases
