#include "server/use_cases/orbit/census.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/orbit/active_days.h"
#include "server/domain/orbit/level.h"
#include "server/domain/orbit/reach.h"
#include "server/ports/store.h"
#include "server/use_cases/orbit/orbit.h"
#include "server/use_cases/orbit/people.h"

namespace perigee::use_cases {
namespace {

using domain::Connection;
using domain::OrbitCounts;

std::int64_t& At(OrbitCounts& counts, int index) { return counts[static_cast<std::size_t>(index)]; }

std::optional<double> MedianOf(std::vector<float>& values) {
  if (values.empty()) {
    return std::nullopt;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) {
    return *middle;
  }
  return (static_cast<double>(*middle) + *std::max_element(values.begin(), middle)) / 2;
}

// The connections with persons who are here and not hidden.
std::vector<Connection> Shown(const People& people, const std::vector<Connection>& met) {
  std::vector<Connection> shown;
  for (const Connection& connection : met) {
    const Person* other = people.Find(connection.other);
    if (other != nullptr && !other->hidden) {
      shown.push_back(connection);
    }
  }
  return shown;
}

// How many pairs the person makes with those who come after it, so that each pair counts once.
std::int64_t PairsOf(const People& people, const Person& person,
                     const std::vector<Connection>& shown, absl::CivilDay year_ago) {
  return std::ranges::count_if(shown, [&](const Connection& connection) {
    return person.head < connection.other && connection.last_day > year_ago &&
           !people.Find(connection.other)->staff;
  });
}

// One of the two days, and the index that a person has on it.
class Census {
 public:
  Census(const OrbitSetting& setting, absl::CivilDay day)
      : day_(day),
        review_(domain::ReviewsAround(day, setting.review_months).last),
        end_(setting.zone.StartOf(day + 1)) {}

  absl::CivilDay day() const { return day_; }
  bool Has(const Person& person) const {
    return person.join_time < end_ && end_ <= person.leave_time;
  }
  int IndexOf(const std::vector<domain::ActiveDay>& days) const {
    return domain::ReachedBetween(days, review_, day_).index;
  }
  Time end() const { return end_; }

 private:
  absl::CivilDay day_;
  absl::CivilDay review_;
  Time end_;
};

class Comparison {
 public:
  Comparison(const OrbitSetting& setting, absl::CivilDay from, absl::CivilDay to)
      : from_(setting, from), to_(setting, to) {
    change_.from_day = from;
    change_.to_day = to;
  }

  const Census& from() const { return from_; }

  void Add(const Person& person, const PersonDeeds& deeds) {
    const bool before = from_.Has(person);
    const bool after = to_.Has(person);
    const std::vector<domain::ActiveDay> days = domain::ActiveDaysOf(deeds.acts, kEndOfTime);
    const int index_before = before ? from_.IndexOf(days) : 0;
    const int index_after = after ? to_.IndexOf(days) : 0;
    if (person.staff) {
      At(change_.from.staff, index_before) += before ? 1 : 0;
      At(change_.to.staff, index_after) += after ? 1 : 0;
      return;
    }
    At(change_.from.members, index_before) += before ? 1 : 0;
    At(change_.to.members, index_after) += after ? 1 : 0;
    change_.joined += after && !before ? 1 : 0;
    change_.left += before && !after ? 1 : 0;
    if (before && after) {
      At(change_.from.alike, index_before) += 1;
      At(change_.to.alike, index_after) += 1;
      moving_ += index_before > 0 || index_after > 0 ? 1 : 0;
    }
  }

  OrbitChange Take() {
    const auto gravity = [&](OrbitCounts OrbitChange::Tally::*of, std::int64_t members) {
      return domain::Gravity(domain::WeightedCommitment(change_.from.*of),
                             domain::WeightedCommitment(change_.to.*of), members);
    };
    change_.gravity = gravity(&OrbitChange::Tally::members, domain::InOrbit(change_.to.members));
    change_.gravity_alike = gravity(&OrbitChange::Tally::alike, moving_);
    return change_;
  }

 private:
  const Census from_;
  const Census to_;
  std::int64_t moving_ = 0;  // Those alike who are in orbit on either day.
  OrbitChange change_;
};

}  // namespace

absl::StatusOr<OrbitMap> MapOrbit(const ports::Store& store, const std::string& program, Time now,
                                  const GoesOn& goes_on) {
  PERIGEE_ASSIGN_OR_RETURN(const People people, People::Load(store, program, now, goes_on));
  const absl::CivilDay today = people.setting().zone.DayOf(now);
  const absl::CivilDay year_ago(today.year() - 1, today.month(), today.day());
  const absl::CivilMonth month(today);
  OrbitMap map;
  std::int64_t seen = 0;
  std::vector<float> loves;
  std::vector<float> reaches;
  PERIGEE_RETURN_IF_ERROR(
      people.VisitPresent(store, goes_on, [&](const Person& person, const PersonDeeds& deeds) {
        const int index = IndexHeld(people.setting(), deeds.acts, today);
        At(person.staff ? map.staff : map.members, index) += 1;
        if (person.staff) {
          return;
        }
        const std::vector<Connection> shown = Shown(people, deeds.met);
        if (index > 0) {
          loves.push_back(static_cast<float>(LoveOf(deeds, month)));
          reaches.push_back(static_cast<float>(domain::ReachOf(shown, month)));
        }
        if (!person.hidden) {
          ++seen;
          map.connected_pairs += PairsOf(people, person, shown, year_ago);
        }
      }));
  map.love_median = MedianOf(loves);
  map.reach_median = MedianOf(reaches);
  map.density = domain::Density(map.connected_pairs, seen);
  return map;
}

absl::StatusOr<OrbitChange> CompareOrbit(const ports::Store& store, const std::string& program,
                                         Time from, Time to, Time now, const GoesOn& goes_on) {
  PERIGEE_ASSIGN_OR_RETURN(const People people, People::Load(store, program, now, goes_on));
  const Zone& zone = people.setting().zone;
  if (zone.DayOf(to) > zone.DayOf(now)) {
    return InvalidField("to_time", "must not be after today");
  }
  if (zone.DayOf(from) >= zone.DayOf(to)) {
    return InvalidField("from_time", "must be of an earlier day than to_time");
  }
  Comparison comparison(people.setting(), zone.DayOf(from), zone.DayOf(to));
  const auto add = [&](const Person& person, const PersonDeeds& deeds) {
    comparison.Add(person, deeds);
  };
  PERIGEE_RETURN_IF_ERROR(people.VisitPresent(store, goes_on, add));
  PERIGEE_RETURN_IF_ERROR(people.VisitDeparted(store, comparison.from().end(), goes_on, add));
  return comparison.Take();
}

}  // namespace perigee::use_cases
