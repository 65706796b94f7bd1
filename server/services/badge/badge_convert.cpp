#include "server/services/badge/badge_convert.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/program/program.h"
#include "server/services/convert.h"

namespace perigee::services {
namespace {

using domain::BadgeCriterion;
using domain::BadgeGroup;
using domain::BadgeRole;
using domain::BadgeRule;
using domain::BadgeStage;

v1::BadgeStage ToProto(const BadgeStage& stage) {
  v1::BadgeStage out;
  out.set_display_name(stage.display_name);
  out.set_group(static_cast<v1::BadgeStage::Group>(stage.group));
  for (const BadgeCriterion& criterion : stage.criteria) {
    v1::BadgeCriterion& to = *out.add_criteria();
    to.set_role(static_cast<v1::BadgeCriterion::Role>(criterion.role));
    for (const domain::BadgeTerm& term : criterion.terms) {
      v1::BadgeTerm& to_term = *to.add_terms();
      to_term.set_activity_type(term.type);
      to_term.set_weight(term.weight);
    }
    to.set_asset(criterion.asset);
    to.set_at_least(criterion.at_least);
  }
  out.set_days_in_a_row(stage.days_in_a_row);
  out.set_within_days(stage.within_days);
  return out;
}

v1::BadgeRule ToProto(const BadgeRule& rule) {
  v1::BadgeRule out;
  out.set_revocable(!rule.keeps);
  for (const BadgeStage& stage : rule.stages) {
    *out.add_stages() = ToProto(stage);
  }
  if (rule.start_time.has_value()) {
    *out.mutable_start_time() = ToTimestamp(*rule.start_time);
  }
  if (rule.end_time.has_value()) {
    *out.mutable_end_time() = ToTimestamp(*rule.end_time);
  }
  return out;
}

absl::StatusOr<BadgeStage> ParseStage(const std::string& field, const v1::BadgeStage& stage) {
  BadgeStage out;
  out.display_name = stage.display_name();
  if (!v1::BadgeStage::Group_IsValid(stage.group())) {
    return InvalidField(field + ".group", "must be NONE, OBJECT or DAY");
  }
  out.group = stage.group() == v1::BadgeStage::GROUP_UNSPECIFIED
                  ? BadgeGroup::kNone
                  : static_cast<BadgeGroup>(stage.group());
  for (const v1::BadgeCriterion& criterion : stage.criteria()) {
    if (!v1::BadgeCriterion::Role_IsValid(criterion.role())) {
      return InvalidField(field + ".criteria[" + std::to_string(out.criteria.size()) + "].role",
                          "must be ACTOR or RECIPIENT");
    }
    BadgeCriterion& to = out.criteria.emplace_back();
    to.role = criterion.role() == v1::BadgeCriterion::ROLE_UNSPECIFIED
                  ? BadgeRole::kActor
                  : static_cast<BadgeRole>(criterion.role());
    for (const v1::BadgeTerm& term : criterion.terms()) {
      to.terms.push_back({term.activity_type(), term.weight() == 0 ? 1 : term.weight()});
    }
    to.asset = criterion.asset();
    to.at_least = criterion.at_least();
  }
  out.days_in_a_row = stage.days_in_a_row() == 0 ? 1 : stage.days_in_a_row();
  out.within_days = stage.within_days();
  return out;
}

v1::BadgeStageEvidence ToProto(const std::string& program, const std::string& group,
                               const std::vector<std::string>& facts) {
  v1::BadgeStageEvidence out;
  out.set_group(group);
  for (const std::string& fact : facts) {
    // The id of a transfer has its place in the revision besides.
    const bool is_transfer = fact.find('-') != std::string::npos;
    (is_transfer ? out.add_transfers() : out.add_activities())
        ->assign(FormatName(is_transfer ? kTransferPattern : kActivityPattern, {program, fact}));
  }
  return out;
}

v1::BadgeProgress::Row ToProto(const domain::BadgeRow& row, int days_in_a_row) {
  v1::BadgeProgress::Row out;
  out.set_length(row.length);
  out.set_longest(row.longest);
  out.set_days_in_a_row(days_in_a_row);
  if (row.last_day.has_value()) {
    out.set_last_day(absl::FormatCivilTime(*row.last_day));
  }
  if (row.until.has_value()) {
    *out.mutable_until_time() = ToTimestamp(*row.until);
  }
  return out;
}

v1::BadgeProgress::Stage ToProto(const std::string& program, const BadgeStage& stage,
                                 const domain::BadgeStageProgress& progress) {
  v1::BadgeProgress::Stage out;
  out.set_display_name(stage.display_name);
  out.set_open(progress.is_open);
  for (std::size_t i = 0; i < stage.criteria.size(); ++i) {
    v1::BadgeProgress::Sum& sum = *out.add_sums();
    sum.set_sum(progress.is_open ? progress.sums[i] : 0);
    sum.set_at_least(stage.criteria[i].at_least);
  }
  if (!progress.is_open) {
    return out;
  }
  if (progress.window.start != kBeginningOfTime) {
    *out.mutable_start_time() = ToTimestamp(progress.window.start);
  }
  if (progress.window.end != kEndOfTime) {
    *out.mutable_end_time() = ToTimestamp(progress.window.end);
  }
  *out.mutable_evidence() = ToProto(program, progress.group, progress.facts);
  if (progress.met.has_value()) {
    *out.mutable_evidence()->mutable_meet_time() = ToTimestamp(progress.met->meet_time);
  }
  if (stage.IsStreak()) {
    *out.mutable_row() = ToProto(progress.row, stage.days_in_a_row);
  }
  return out;
}

}  // namespace

v1::Badge ToProto(const std::string& program, const domain::Badge& badge) {
  v1::Badge out;
  out.set_name(FormatName(kBadgePattern, {program, badge.id}));
  out.set_display_name(badge.display_name);
  out.set_description(badge.description);
  *out.mutable_rule() = ToProto(badge.rule);
  out.set_rule_version(badge.rule_version);
  out.set_grandfather(badge.grandfather);
  out.set_retired(badge.retired);
  out.set_applying(badge.due_time.has_value());
  *out.mutable_create_time() = ToTimestamp(badge.create_time);
  out.set_etag(domain::Etag(badge.edit_revision));
  out.set_revision(badge.revision);
  return out;
}

absl::StatusOr<BadgeRule> ParseBadgeRule(const std::string& field, const v1::BadgeRule& rule) {
  BadgeRule out;
  out.keeps = !rule.revocable();
  for (const v1::BadgeStage& stage : rule.stages()) {
    const std::string at = field + ".stages[" + std::to_string(out.stages.size()) + "]";
    PERIGEE_ASSIGN_OR_RETURN(out.stages.emplace_back(), ParseStage(at, stage));
  }
  if (rule.has_start_time()) {
    PERIGEE_ASSIGN_OR_RETURN(out.start_time,
                             FromTimestamp(field + ".start_time", rule.start_time()));
  }
  if (rule.has_end_time()) {
    PERIGEE_ASSIGN_OR_RETURN(out.end_time, FromTimestamp(field + ".end_time", rule.end_time()));
  }
  return out;
}

v1::BadgeEvidence EvidenceOf(const std::string& program, const domain::BadgeGrant& grant) {
  v1::BadgeEvidence out;
  for (const domain::BadgeStageEvidence& stage : domain::StagesOf(grant)) {
    v1::BadgeStageEvidence& to = *out.add_stages();
    to = ToProto(program, stage.group, stage.facts);
    *to.mutable_meet_time() = ToTimestamp(stage.meet_time);
  }
  out.set_imported(grant.imported);
  return out;
}

v1::BadgeProgress ToProto(const std::string& program, const domain::Badge& badge,
                          const domain::BadgeProgress& progress, const std::string& member) {
  v1::BadgeProgress out;
  out.set_name(member + "/badgeProgress/" + badge.id);
  out.set_badge(FormatName(kBadgePattern, {program, badge.id}));
  out.set_met(progress.evidence.has_value());
  for (std::size_t i = 0; i < progress.stages.size(); ++i) {
    *out.add_stages() = ToProto(program, badge.rule.stages[i], progress.stages[i]);
  }
  return out;
}

v1::BadgeGrant ToProto(const std::string& program, const domain::BadgeGrant& grant,
                       const std::string& member, GrantShown shown) {
  v1::BadgeGrant out;
  out.set_name(member + "/badgeGrants/" + grant.badge);
  out.set_badge(FormatName(kBadgePattern, {program, grant.badge}));
  out.set_state(static_cast<v1::BadgeGrant::State>(domain::StateOf(grant)));
  *out.mutable_grant_time() = ToTimestamp(grant.grant_time);
  *out.mutable_earn_time() = ToTimestamp(grant.earn_time);
  if (shown == GrantShown::kOutside) {
    return out;
  }
  out.set_rule_version(grant.rule_version);
  if (!grant.by_staff) {
    *out.mutable_evidence() = EvidenceOf(program, grant);
  }
  if (grant.revoke_time.has_value()) {
    *out.mutable_revoke_time() = ToTimestamp(*grant.revoke_time);
  }
  out.set_revoke_reason(static_cast<v1::BadgeGrant::RevokeReason>(grant.revoke_reason));
  out.set_reason(grant.reason);
  out.set_regrants(grant.regrants);
  out.set_revision(grant.revision);
  return out;
}

}  // namespace perigee::services
