#include "server/domain/orbit/active_days.h"

#include <algorithm>
#include <tuple>

#include "server/domain/orbit/activity_type.h"

namespace perigee::domain {

std::vector<ActiveDay> ActiveDaysOf(std::span<const Act> acts, Time since) {
  std::vector<ActiveDay> days;
  days.reserve(acts.size());
  for (const Act& act : acts) {
    if (const int weight = GreatestWeight(act.type, std::max(since, act.known_since)); weight > 0) {
      days.push_back({act.day, weight, act.activity});
    }
  }
  std::ranges::sort(days, {}, [](const ActiveDay& day) {
    return std::tuple(day.day, -day.weight, day.activity);
  });
  const auto same_day = [](const ActiveDay& a, const ActiveDay& b) { return a.day == b.day; };
  days.erase(std::unique(days.begin(), days.end(), same_day), days.end());
  return days;
}

}  // namespace perigee::domain
