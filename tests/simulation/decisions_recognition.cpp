#include "tests/simulation/decisions_recognition.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/core/status_macros.h"
#include "server/domain/badge/badge.h"
#include "server/domain/member/member.h"
#include "server/domain/tier/tier_scheme.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/badge/badge_grants.h"
#include "server/use_cases/badge/badges.h"
#include "server/use_cases/tier/tier_schemes.h"
#include "server/use_cases/tier/tier_standings.h"
#include "tests/simulation/decided.h"
#include "tests/simulation/decisions.h"

namespace perigee::simulation {
namespace {

using ports::StoreReader;
using ports::UnitContext;

constexpr int kAll = 10'000;

std::string IdOf(int member) { return absl::StrCat("m", member); }

domain::BadgeStage Stage(domain::BadgeCriterion criterion) {
  domain::BadgeStage stage;
  stage.criteria = {std::move(criterion)};
  return stage;
}
domain::BadgeCriterion Deeds(const char* type, std::int64_t at_least) {
  domain::BadgeCriterion criterion;
  criterion.terms = {{type, 1}};
  criterion.at_least = at_least;
  return criterion;
}

void Specify(int badge, const BadgeSpec& spec, domain::Badge& out) {
  out.retired = spec.retired;
  out.rule.keeps = badge != kLiked;
  if (badge == kLiked) {
    domain::BadgeCriterion criterion;
    criterion.asset = kLikedAsset;
    criterion.at_least = spec.at_least;
    out.rule.stages = {Stage(std::move(criterion))};
    return;
  }
  out.rule.stages = {Stage(Deeds("t0", spec.at_least))};
  if (badge == kPath) {
    domain::BadgeStage row = Stage(Deeds("t1", 1));
    row.group = domain::BadgeGroup::kDay;
    row.days_in_a_row = spec.days;
    out.rule.stages.push_back(std::move(row));
  }
}

domain::TierScheme SchemeOf(const SchemeSpec& spec) {
  domain::TierScheme scheme;
  scheme.id = scheme.display_name = kScheme;
  scheme.asset = kTierAsset;
  scheme.window_months = scheme.review_months = 1;
  scheme.low_water_percent = spec.low_water_percent;
  scheme.grace_days = spec.grace_days;
  scheme.notice_days = spec.notice_days;
  scheme.retired = spec.retired;
  if (spec.silver != 0) {
    scheme.levels.push_back({"silver", "silver", spec.silver});
  }
  scheme.levels.push_back({"gold", "gold", spec.gold});
  return scheme;
}

Decided SetBadge(const RecognitionOrder& order, StoreReader& reader, const UnitContext& unit) {
  return Done(unit, use_cases::UpdateBadge(reader, unit, kProgram, kBadges[order.badge],
                                           {[&](domain::Badge& badge) {
                                             Specify(order.badge, order.rule, badge);
                                             badge.grandfather = order.grandfather;
                                           }}));
}

Decided LockTier(const Operation& op, StoreReader& reader, const UnitContext& unit) {
  const RecognitionOrder& order = op.recognition;
  use_cases::TierLockOrder lock{kProgram, IdOf(op.member), kScheme, {}, {}, "a guest"};
  if (order.level != kAsItIs) {
    lock.level = order.level;
  }
  if (order.until != 0) {
    lock.until = FromMicros(order.until);
  }
  return Done(unit, use_cases::LockTierStanding(reader, unit, lock));
}

Micros MicrosOf(const std::optional<Time>& time) { return time ? ToMicros(*time) : 0; }

template <class R, class Visit>
absl::Status ForEach(StoreReader& reader, Visit visit) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<R> all,
                           reader.records().List<R>(kProgram, {}, nullptr, kAll));
  std::ranges::for_each(all, visit);
  return absl::OkStatus();
}

}  // namespace

Decided DecideRecognition(const Operation& op, StoreReader& reader, const UnitContext& unit) {
  const RecognitionOrder& order = op.recognition;
  const std::string badge = kBadges[order.badge];
  const std::string member = IdOf(op.member);
  switch (op.action) {
    case Action::kSetBadge:
      return SetBadge(order, reader, unit);
    case Action::kGrantBadge:
      return Done(unit, use_cases::GrantBadge(reader, unit, kProgram, badge, member, "well done"));
    case Action::kRevokeBadge:
      return Done(unit, use_cases::RevokeBadge(reader, unit, kProgram, badge, member, "a mistake"));
    case Action::kSetScheme:
      return Done(unit,
                  use_cases::SetTierScheme(reader, unit, kProgram, SchemeOf(order.scheme), ""));
    case Action::kLockTier:
      return LockTier(op, reader, unit);
    default:
      return Done(unit, use_cases::UnlockTierStanding(reader, unit, kProgram, member, kScheme));
  }
}

void PutFirstRules(const UnitContext& unit, domain::RecordChanges& records) {
  for (int place = 0; place < std::ssize(kBadges); ++place) {
    domain::Badge badge;
    badge.id = badge.display_name = kBadges[place];
    Specify(place, {}, badge);
    badge.create_time = unit.now;
    badge.rule_version = badge.edit_revision = badge.revision = unit.revision;
    records.Put(std::move(badge));
  }
  domain::TierScheme scheme = SchemeOf({});
  scheme.create_time = unit.now;
  scheme.rule_version = scheme.edit_revision = scheme.revision = unit.revision;
  records.Put(std::move(scheme));
}

std::string LineOf(const domain::BadgeGrant& grant) {
  return absl::StrCat("badge ", grant.badge, " of m", MemberOf(grant.member), " state ",
                      static_cast<int>(domain::StateOf(grant)), " by the rule of ",
                      grant.rule_version, " since ", ToMicros(grant.grant_time), " until ",
                      MicrosOf(grant.revoke_time), " regrants ", grant.regrants);
}

std::string LineOf(const domain::TierStanding& standing) {
  return absl::StrCat("standing of m", MemberOf(standing.member), " level '", standing.level,
                      "' since ", ToMicros(standing.since), " review ",
                      ToMicros(standing.review_time), " notice ", MicrosOf(standing.notice_time),
                      " below ", MicrosOf(standing.below_since), " lock ",
                      MicrosOf(standing.lock_time), " until ", MicrosOf(standing.lock_until),
                      " news ", static_cast<int>(standing.news), " at ",
                      ToMicros(standing.news_time), " due ", MicrosOf(standing.due_time));
}

absl::StatusOr<std::vector<std::string>> LinesOfRecognition(StoreReader& reader) {
  std::vector<std::string> lines;
  const auto add = [&](const auto& one) { lines.push_back(LineOf(one)); };
  PERIGEE_RETURN_IF_ERROR(ForEach<domain::BadgeGrant>(reader, add));
  PERIGEE_RETURN_IF_ERROR(ForEach<domain::TierStanding>(reader, add));
  PERIGEE_RETURN_IF_ERROR(ForEach<domain::Member>(reader, [&](const domain::Member& member) {
    lines.push_back(absl::StrCat("member ", member.id, " has badges ",
                                 absl::StrJoin(member.badges, " "), " and tiers ",
                                 absl::StrJoin(member.tiers, " ")));
  }));
  std::ranges::sort(lines);
  return lines;
}

}  // namespace perigee::simulation
