#include "server/services/badge/badge_convert.h"

#include <algorithm>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/domain/program/program.h"
#include "server/services/convert.h"

namespace perigee::services {
namespace {

using domain::BadgeCriterion;
using domain::BadgeGroup;
using domain::BadgeRole;
using domain::BadgeRule;

v1::BadgeRule ToProto(const BadgeRule& rule) {
  v1::BadgeRule out;
  out.set_group(static_cast<v1::BadgeRule::Group>(rule.group));
  for (const BadgeCriterion& criterion : rule.criteria) {
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
  out.set_revocable(!rule.keeps);
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
  if (!v1::BadgeRule::Group_IsValid(rule.group())) {
    return InvalidField(field + ".group", "must be NONE, OBJECT or DAY");
  }
  out.group = rule.group() == v1::BadgeRule::GROUP_UNSPECIFIED
                  ? BadgeGroup::kNone
                  : static_cast<BadgeGroup>(rule.group());
  for (const v1::BadgeCriterion& criterion : rule.criteria()) {
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
  out.keeps = !rule.revocable();
  return out;
}

v1::BadgeEvidence EvidenceOf(const std::string& program, const domain::BadgeGrant& grant) {
  v1::BadgeEvidence out;
  for (const std::string& fact : grant.facts) {
    // The id of a transfer has its place in the revision besides.
    const bool is_transfer = fact.find('-') != std::string::npos;
    (is_transfer ? out.add_transfers() : out.add_activities())
        ->assign(FormatName(is_transfer ? kTransferPattern : kActivityPattern, {program, fact}));
  }
  out.set_group(grant.group);
  out.set_imported(grant.imported);
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
