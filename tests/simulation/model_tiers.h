#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/model_badges.h"
#include "tests/simulation/model_books.h"
#include "tests/simulation/operation.h"

namespace perigee::simulation {

// The values are those of the journal.
enum class TierNews : std::uint8_t {
  kNone,
  kPromoted,
  kKept,
  kNoticed,
  kWithdrawn,
  kDemoted,
  kReplaced,
  kLocked,
  kUnlocked
};
struct ModelStanding {
  std::string level;
  Micros since = 0;
  Micros review = 0;
  std::optional<Micros> notice;
  std::optional<Micros> below;
  std::optional<Micros> lock;
  std::optional<Micros> lock_end;
  TierNews news = TierNews::kNone;
  Micros news_time = 0;
  std::optional<Micros> due;
  bool operator==(const ModelStanding&) const = default;
};

// On which level each member is. Levels depend on when they were looked at: so the model reviews a
// standing anew for each unit that changed it, with what was earned by then, and says what must
// not be missed.
class ModelTiers {
 public:
  // What staff do.
  std::optional<Reason> Decide(const Operation& operation, const Facts& facts, Micros now);
  // A unit that reviewed these members, and applied the scheme to everybody if `applied`. False if
  // the scheme was not to be applied, or if not everybody was reviewed.
  bool Settle(const std::set<int>& reviewed, bool applied, const Facts& facts, Micros now);
  // Notes that a unit moved what these members (or nobody) earned.
  void NoteEarning(const std::set<int>& members, Micros now);
  // A member who is on a lower level than they earned although all followers have caught up; empty
  // if there is none.
  std::string Missed(const Facts& facts, Micros now) const;
  bool AnythingDue(Micros now) const;
  // The instants at which time changes something.
  std::vector<Micros> Instants() const;

  std::string Line(int member) const;  // `none` if there was never a standing.
  std::vector<std::string> Lines() const;
  std::vector<std::string> TiersOf(int member) const;

 private:
  struct Level {
    std::string id;
    std::int64_t at_least = 0;
  };
  std::vector<Level> Levels() const;
  int PlaceOf(const std::string& level) const;    // -1: there is none.
  int Reached(std::int64_t earned) const;         // -1: none.
  int Kept(int held, std::int64_t earned) const;  // -1: none.
  std::optional<Micros> DueOf(const ModelStanding& standing, Micros now) const;
  Micros FallOf(const ModelStanding& standing) const;
  void Move(int place, TierNews news, Micros now, ModelStanding& standing) const;
  // The next standing of somebody with that one.
  ModelStanding Reviewed(ModelStanding standing, std::int64_t earned, Micros now) const;
  void ReviewBelow(int kept, Micros now, ModelStanding& standing) const;
  std::optional<ModelStanding> ReviewedOf(int member, const Facts& facts, Micros now) const;
  std::optional<Reason> Lock(const Operation& operation, Micros now);
  std::optional<ModelStanding> Find(int member) const;

  SchemeSpec scheme_;
  std::optional<Micros> due_;  // The scheme is to be applied to everybody.
  std::map<int, ModelStanding> standings_;
  std::map<int, Micros> earned_at_;  // When what the member earned last moved.
};

}  // namespace perigee::simulation
