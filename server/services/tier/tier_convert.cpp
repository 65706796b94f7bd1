#include "server/services/tier/tier_convert.h"

#include <optional>
#include <vector>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/program/program.h"
#include "server/services/convert.h"

namespace perigee::services {

v1::TierScheme ToProto(const std::string& program, const domain::TierScheme& scheme) {
  v1::TierScheme out;
  out.set_name(FormatName(kTierSchemePattern, {program, scheme.id}));
  out.set_display_name(scheme.display_name);
  out.set_asset(scheme.asset);
  out.set_window_months(scheme.window_months);
  out.set_review_months(scheme.review_months);
  out.set_low_water_percent(scheme.low_water_percent);
  out.set_grace_days(scheme.grace_days);
  out.set_notice_days(scheme.notice_days);
  for (const domain::TierLevel& level : scheme.levels) {
    v1::TierLevel& to = *out.add_levels();
    to.set_id(level.id);
    to.set_display_name(level.display_name);
    to.set_at_least(level.at_least);
  }
  out.set_retired(scheme.retired);
  out.set_rule_version(scheme.rule_version);
  out.set_applying(scheme.due_time.has_value());
  *out.mutable_create_time() = ToTimestamp(scheme.create_time);
  out.set_etag(domain::Etag(scheme.edit_revision));
  out.set_revision(scheme.revision);
  return out;
}

absl::StatusOr<domain::TierScheme> ParseTierScheme(const v1::TierScheme& scheme,
                                                   std::string& program) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("scheme.name", scheme.name(), kTierSchemePattern));
  program = parts[0];
  domain::TierScheme out;
  const auto or_default = [](int given, int& to) {
    if (given != 0) {
      to = given;
    }
  };
  out.id = parts[1];
  out.display_name = scheme.display_name();
  if (!scheme.asset().empty()) {
    out.asset = scheme.asset();
  }
  or_default(scheme.window_months(), out.window_months);
  or_default(scheme.review_months(), out.review_months);
  or_default(scheme.low_water_percent(), out.low_water_percent);
  or_default(scheme.notice_days(), out.notice_days);
  out.grace_days = scheme.grace_days();
  for (const v1::TierLevel& level : scheme.levels()) {
    out.levels.push_back({level.id(), level.display_name(), level.at_least()});
  }
  out.retired = scheme.retired();
  PERIGEE_RETURN_IF_ERROR(domain::CheckTierScheme(out));
  return out;
}

v1::TierStanding ToProto(const domain::TierScheme& scheme, const domain::TierStanding& standing,
                         const std::string& member, Time now) {
  v1::TierStanding out;
  out.set_name(member + "/tierStandings/" + scheme.id);
  out.set_level(standing.level);
  // Staff may hold a member on no level before there ever was one.
  if (standing.since != Time{}) {
    *out.mutable_since_time() = ToTimestamp(standing.since);
  }
  if (standing.news != domain::TierNews::kNone) {
    *out.mutable_news_time() = ToTimestamp(standing.news_time);
  }
  if (!standing.level.empty()) {
    *out.mutable_review_time() = ToTimestamp(standing.review_time);
  }
  if (standing.notice_time.has_value()) {
    *out.mutable_notice_time() = ToTimestamp(*standing.notice_time);
    *out.mutable_fall_time() = ToTimestamp(*domain::FallTime(scheme, standing));
  }
  if (domain::IsLocked(standing, now)) {
    out.set_locked(true);
    out.set_lock_reason(standing.lock_reason);
    if (standing.lock_until.has_value()) {
      *out.mutable_lock_until_time() = ToTimestamp(*standing.lock_until);
    }
  }
  out.set_news(static_cast<v1::TierStanding::News>(standing.news));
  out.set_news_earned(standing.earned);
  out.set_rule_version(standing.rule_version);
  out.set_revision(standing.revision);
  return out;
}

}  // namespace perigee::services
