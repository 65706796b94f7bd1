#include "server/use_cases/orbit/orbit.h"

#include <optional>
#include <utility>

#include "server/core/status_macros.h"
#include "server/domain/activity/activity.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/portions.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/orbit/person_deeds.h"

namespace perigee::use_cases {
namespace {

using domain::ActiveDay;
using domain::Connection;
using domain::MemberKey;

// A weight that was taken away since the last review still counts.
std::vector<ActiveDay> DaysHeld(const OrbitSetting& setting, std::span<const domain::Act> acts,
                                const domain::Reviews& reviews) {
  return domain::ActiveDaysOf(acts, setting.zone.StartOf(reviews.last));
}

}  // namespace

absl::StatusOr<std::vector<Connection>> ShownConnections(ports::StoreReader& reader,
                                                         const std::string& program,
                                                         std::vector<Connection> connections) {
  std::vector<Connection> shown;
  const auto add = [&](std::span<Connection> some) -> absl::Status {
    std::vector<MemberKey> keys;
    for (const Connection& connection : some) {
      keys.push_back(connection.other);
    }
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> members,
                             reader.members().FindByKeys(program, keys));
    auto connection = some.begin();
    for (const domain::Member& member : members) {
      while (connection->other != member.key) {
        ++connection;
      }
      if (!IsHidden(member.board_opt_out, member.standing)) {
        shown.push_back(*connection);
      }
    }
    return absl::OkStatus();
  };
  PERIGEE_RETURN_IF_ERROR(ports::InPortions(std::span(connections), add));
  return shown;
}

absl::StatusOr<MemberOrbit> OrbitOf(ports::StoreReader& reader, const std::string& program,
                                    const std::string& member_id, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member, RequireMember(reader, program, member_id));
  PERIGEE_ASSIGN_OR_RETURN(const OrbitSetting setting, OrbitSetting::Of(reader, program));
  PERIGEE_ASSIGN_OR_RETURN(const PersonDeeds deeds,
                           DeedsOf(reader, setting, setting.merged.AllOf(member.key)));
  const absl::CivilDay today = setting.zone.DayOf(now);
  const std::vector<ActiveDay> days = domain::ActiveDaysOf(deeds.acts, kEndOfTime);
  MemberOrbit orbit;
  orbit.member_id = member.id;
  orbit.reviews = domain::ReviewsAround(today, setting.review_months);
  orbit.held = domain::ReachedBetween(DaysHeld(setting, deeds.acts, orbit.reviews),
                                      orbit.reviews.last, today);
  orbit.reached = domain::ReachedBetween(days, today, today).index;
  orbit.at_next_review = domain::ReachedBetween(days, orbit.reviews.next, orbit.reviews.next).index;
  orbit.goals = domain::GoalsAbove(orbit.held.index, days, today);
  if (orbit.held.rule == domain::OrbitRule::kWeight) {
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Activity> activity,
                             reader.activities().Find(program, orbit.held.day.activity));
    orbit.activity_type = activity.has_value() ? activity->type : "";
  }
  orbit.love = LoveOf(deeds, absl::CivilMonth(today));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Connection> shown,
                           ShownConnections(reader, program, deeds.met));
  orbit.reach = domain::ReachOf(shown, absl::CivilMonth(today));
  orbit.connections = static_cast<std::int64_t>(shown.size());
  return orbit;
}

int IndexHeld(const OrbitSetting& setting, std::span<const domain::Act> acts,
              absl::CivilDay today) {
  const domain::Reviews reviews = domain::ReviewsAround(today, setting.review_months);
  return domain::ReachedBetween(DaysHeld(setting, acts, reviews), reviews.last, today).index;
}

bool IsHidden(bool board_opt_out, domain::Standing standing) {
  return board_opt_out || standing == domain::Standing::kSuspended;
}

}  // namespace perigee::use_cases
