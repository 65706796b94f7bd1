// Badges and tiers in the whole programme.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/simulation/model.h"

namespace perigee::simulation {

Verdict Model::DecideRecognition(const Operation& operation, const ModelBooks::Unit& unit) {
  const People people = Everybody();
  Verdict verdict;
  verdict.refusal = MachineOf(operation.action) == Machine::kBadges
                        ? badges_.Decide(operation, people, unit.now, unit.revision)
                        : tiers_.Decide(operation, {deeds_, books_, people}, unit.now);
  verdict.changed = !verdict.refusal;
  return verdict;
}

Verdict Model::SettleBadges(const std::set<ModelBadges::Name>& judged, const std::set<int>& applied,
                            Micros now) {
  const People people = Everybody();
  return Settle(now, [&](const ModelBooks::Unit& unit) {
    return badges_.Settle(judged, applied, {deeds_, books_, people}, unit.now);
  });
}

Verdict Model::SettleTiers(const std::set<int>& reviewed, bool applied, Micros now) {
  const People people = Everybody();
  return Settle(now, [&](const ModelBooks::Unit& unit) {
    return tiers_.Settle(reviewed, applied, {deeds_, books_, people}, unit.now);
  });
}

std::string Model::Missed(Micros now) const {
  const People people = Everybody();
  const Facts facts{deeds_, books_, people};
  const std::string badge = badges_.Missed(facts, std::max(now, last_time_));
  return badge.empty() ? tiers_.Missed(facts, std::max(now, last_time_)) : badge;
}

std::vector<std::string> Model::LinesOfRecognition() const {
  std::vector<std::string> lines = badges_.Lines();
  std::ranges::copy(tiers_.Lines(), std::back_inserter(lines));
  const People people = Everybody();
  for (int member = 0; member < kMembers; ++member) {
    if (people[static_cast<std::size_t>(member)].there) {
      std::vector<std::string> badges = badges_.BadgesOf(member);
      std::ranges::sort(badges);
      lines.push_back(absl::StrCat("member m", member, " has badges ", absl::StrJoin(badges, " "),
                                   " and tiers ", absl::StrJoin(tiers_.TiersOf(member), " ")));
    }
  }
  std::ranges::sort(lines);
  return lines;
}

}  // namespace perigee::simulation
