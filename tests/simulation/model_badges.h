#pragma once

#include <array>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/model_books.h"
#include "tests/simulation/model_champions.h"
#include "tests/simulation/operation.h"

namespace perigee::simulation {

// A recorded activity.
struct ModelDeed {
  std::string type;
  int actor = kNobody;
  std::int64_t quantity = 1;
  Micros time = 0;
  std::int64_t revision = 0;
};

// All that badges and tiers are judged by.
struct Facts {
  const std::vector<ModelDeed>& deeds;
  const ModelBooks& books;
  const People& people;
  bool IsThere(int member) const { return people[static_cast<std::size_t>(member)].there; }
};

// The values are those of the journal.
enum class BadgeState : std::uint8_t { kGranted = 1, kGrantedByStaff, kRevoked, kRevokedByStaff };
struct ModelGrant {
  BadgeState state = BadgeState::kGranted;
  std::int64_t rule_version = 0;
  Micros granted = 0;
  Micros revoked = 0;
  int regrants = 0;
  bool operator==(const ModelGrant&) const = default;
};

// Who has which badge. The followers may be late, so the model says what a rule changes at any
// moment, and a change that a follower makes must be one of those.
class ModelBadges {
 public:
  using Name = std::pair<int, int>;  // The badge and the member.

  // What staff do.
  std::optional<Reason> Decide(const Operation& operation, const People& people, Micros now,
                               std::int64_t revision);
  void Erase(int member);
  // A unit that judged these, and applied the rules of `applied` to everybody. False if a rule was
  // not to be applied, or if not everybody was judged by it.
  bool Settle(const std::set<Name>& judged, const std::set<int>& applied, const Facts& facts,
              Micros now);
  // Something that a rule changes although all followers have caught up; empty if there is nothing.
  std::string Missed(const Facts& facts, Micros now) const;
  bool AnythingDue(Micros now) const;

  std::string Line(Name name) const;  // `none` if there was never a grant.
  std::vector<std::string> Lines() const;
  std::vector<std::string> BadgesOf(int member) const;
  const std::map<Name, ModelGrant>& grants() const { return grants_; }

 private:
  struct Rule {
    BadgeSpec spec;
    std::int64_t version = 1;
    bool grandfather = false;
    std::optional<Micros> due;  // It is to be applied to everybody.
  };

  void SetRule(const RecognitionOrder& order, Micros now, std::int64_t revision);
  bool HasEarned(int badge, int member, const Facts& facts) const;
  // What the rule makes of the grant. nullopt: there is none.
  std::optional<ModelGrant> Judged(Name name, const Facts& facts, Micros now) const;
  std::optional<ModelGrant> Find(Name name) const;

  std::array<Rule, std::size(kBadges)> rules_;
  std::map<Name, ModelGrant> grants_;
};

}  // namespace perigee::simulation
