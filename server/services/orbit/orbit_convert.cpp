#include "server/services/orbit/orbit_convert.h"

#include <cstddef>

#include "absl/time/civil_time.h"
#include "server/core/resource_name.h"
#include "server/domain/orbit/gravity.h"
#include "server/domain/orbit/level.h"
#include "server/domain/program/program.h"
#include "server/services/convert.h"
#include "server/use_cases/orbit/orbit.h"

namespace perigee::services {
namespace {

using domain::OrbitCounts;
using domain::OrbitRule;
using domain::Reached;

// `2026-10-01`.
std::string DayText(absl::CivilDay day) { return std::string(absl::FormatCivilTime(day)); }

v1::OrbitReason ReasonOf(const std::string& program, const use_cases::MemberOrbit& orbit) {
  const Reached& held = orbit.held;
  v1::OrbitReason reason;
  if (held.rule == OrbitRule::kWeight) {
    reason.set_weight(held.day.weight);
    reason.set_activity(ActivityName(program, held.day.activity));
    reason.set_activity_type(orbit.activity_type);
    reason.set_day(DayText(held.day.day));
    return reason;
  }
  reason.set_unit(static_cast<v1::PresenceUnit>(held.milestone.unit));
  reason.set_needed_days(held.milestone.days);
  for (int i = 0; i < held.spans; ++i) {
    const domain::PresenceSpan& span = held.presence[static_cast<std::size_t>(i)];
    v1::PresenceSpan& out = *reason.add_spans();
    out.set_first_day(DayText(span.first_day));
    out.set_last_day(DayText(domain::LastDayOf(held.milestone.unit, span.first_day)));
    out.set_active_days(span.active_days);
  }
  return reason;
}

void AddGoals(const use_cases::MemberOrbit& orbit, v1::Orbit& out) {
  if (const int next = orbit.held.index + 1; next <= domain::kOrbitIndexMax) {
    v1::OrbitGoal& goal = *out.add_goals();
    *goal.mutable_place() = ToPlace(next);
    goal.set_weight(next);
  }
  for (const domain::PresenceGoal& by_presence : orbit.goals) {
    v1::OrbitGoal& goal = *out.add_goals();
    *goal.mutable_place() = ToPlace(by_presence.index);
    goal.set_more_days(by_presence.more_days);
    goal.set_unit(static_cast<v1::PresenceUnit>(by_presence.unit));
    goal.set_last_day(DayText(by_presence.last_day));
  }
}

template <class Repeated>
void AddCounts(const OrbitCounts& counts, Repeated& out) {
  for (int index = domain::kOrbitIndexMax; index >= 0; --index) {
    v1::OrbitCount& count = *out.Add();
    if (index > 0) {
      *count.mutable_place() = ToPlace(index);
    }
    count.set_members(counts[static_cast<std::size_t>(index)]);
  }
}

v1::OrbitTally ToProto(const OrbitCounts& counts) {
  v1::OrbitTally tally;
  AddCounts(counts, *tally.mutable_counts());
  tally.set_weighted_commitment(domain::WeightedCommitment(counts));
  return tally;
}

}  // namespace

v1::OrbitPlace ToPlace(int index) {
  v1::OrbitPlace place;
  place.set_index(index);
  place.set_level(static_cast<v1::OrbitLevel>(domain::LevelOf(index)));
  place.set_step(domain::StepOf(index));
  return place;
}

v1::Orbit ToProto(const std::string& program, const use_cases::MemberOrbit& orbit) {
  v1::Orbit out;
  out.set_name(FormatName(kOrbitPattern, {program, orbit.member_id}));
  if (orbit.held.index > 0) {
    *out.mutable_place() = ToPlace(orbit.held.index);
    *out.mutable_reason() = ReasonOf(program, orbit);
  }
  if (orbit.reached > 0) {
    *out.mutable_reached() = ToPlace(orbit.reached);
  }
  out.set_next_review_day(DayText(orbit.reviews.next));
  if (orbit.at_next_review > 0) {
    *out.mutable_at_next_review() = ToPlace(orbit.at_next_review);
  }
  AddGoals(orbit, out);
  out.set_love(orbit.love);
  out.set_reach(orbit.reach);
  out.set_connections(orbit.connections);
  return out;
}

v1::ActivityType ToProto(const std::string& program, const domain::ActivityType& type) {
  v1::ActivityType out;
  out.set_name(FormatName(kActivityTypePattern, {program, type.id}));
  out.set_display_name(type.display_name);
  out.set_weight(type.weight);
  *out.mutable_create_time() = ToTimestamp(type.create_time);
  out.set_etag(domain::Etag(type.revision));
  out.set_revision(type.revision);
  return out;
}

v1::OrbitMap ToProto(const use_cases::OrbitMap& map, Time measured) {
  v1::OrbitMap out;
  *out.mutable_measure_time() = ToTimestamp(measured);
  AddCounts(map.members, *out.mutable_members());
  AddCounts(map.staff, *out.mutable_staff());
  if (map.love_median.has_value()) {
    out.set_love_median(*map.love_median);
  }
  if (map.reach_median.has_value()) {
    out.set_reach_median(*map.reach_median);
  }
  out.set_connected_pairs(map.connected_pairs);
  if (map.density.has_value()) {
    out.set_density(*map.density);
  }
  return out;
}

v1::Gravity ToProto(const use_cases::OrbitChange& change, Time measured) {
  v1::Gravity out;
  *out.mutable_measure_time() = ToTimestamp(measured);
  out.set_from_day(DayText(change.from_day));
  out.set_to_day(DayText(change.to_day));
  *out.mutable_from() = ToProto(change.from.members);
  *out.mutable_to() = ToProto(change.to.members);
  if (change.gravity.has_value()) {
    out.set_gravity(*change.gravity);
  }
  *out.mutable_alike_from() = ToProto(change.from.alike);
  *out.mutable_alike_to() = ToProto(change.to.alike);
  if (change.gravity_alike.has_value()) {
    out.set_gravity_alike(*change.gravity_alike);
  }
  out.set_joined(change.joined);
  out.set_left(change.left);
  *out.mutable_staff_from() = ToProto(change.from.staff);
  *out.mutable_staff_to() = ToProto(change.to.staff);
  return out;
}

}  // namespace perigee::services
