#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"
#include "server/domain/tier/tier_scheme.h"

namespace perigee {
class Zone;
}  // namespace perigee

namespace perigee::domain {

// What last happened to a standing, for which its member gets one message. Values are those of
// perigee.v1.TierStanding.News.
enum class TierNews : std::uint8_t {
  kNone = 0,
  kPromoted,
  kKept,       // By a review.
  kNoticed,    // The member falls unless they earn more.
  kWithdrawn,  // They earned more, or a change of the scheme helped.
  kDemoted,
  kReplaced,  // The scheme has the level no more, so the member has another one or none.
  kLocked,
  kUnlocked
};

// On which level of a scheme a member is. One for each member and scheme, from the first level on.
struct TierStanding {
  std::string id;  // See EmptyStanding.
  MemberKey member;
  std::string scheme;
  std::string level;                // Empty: none any more.
  Time since{};                     // When it came to this level.
  Time review_time{};               // When the level is reviewed.
  std::optional<Time> notice_time;  // When the member was told that they fall.
  std::optional<Time> below_since;  // When a review found too little earned: the grace begins.
  std::optional<Time> lock_time;    // Staff hold the level from then on.
  std::optional<Time> lock_until;   // The lock ends then. Absent: when staff end it.
  std::string lock_reason;
  // The evidence of the last news.
  TierNews news = TierNews::kNone;
  Time news_time{};
  std::int64_t earned = 0;
  Revision rule_version = 0;
  std::optional<Time> due_time;  // When time alone may change it.
  Revision revision = 0;

  bool operator==(const TierStanding&) const = default;

  static constexpr int kNumber = 37;
  static constexpr std::string_view kTable = "tier_standing";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<TierStanding>();

// That of a member who never had a level. Its id follows from scheme and member.
TierStanding EmptyStanding(std::string_view scheme, const MemberKey& member);

// Why a standing is reviewed.
enum class TierOccasion : std::uint8_t {
  kAny,
  // The member was another person's until now. What that person earned keeps nothing.
  kParted
};

bool IsLocked(const TierStanding& standing, Time now);

// What becomes of a standing at `now`, with what
// the person has earned within WindowAt(now). Sets due_time, and `news` if there are any: at most
// one for each review, of what is different at its end.
//
// - A lock holds the level as it is. A retired scheme does too.
// - Who earned a higher level has it at once, with a new review date.
// - Who earned the low-water mark at the review keeps the level, with a new review date.
// - Who did not falls once both are over: the grace, from the review on, and notice_days, from the
//   notice on. They fall to the highest level whose low-water mark they earned.
// - The notice is due notice_days before the review, if the member would fall then. Without one
//   until the review, it is given there. Earning enough withdraws it.
//
// A day is 24 hours here, so that a notice is never shorter where clocks change.
TierStanding Review(const TierScheme& scheme, const Zone& zone, TierStanding standing,
                    std::int64_t earned, TierOccasion occasion, Time now);
// Whether Review had news.
bool HasNews(const TierStanding& before, const TierStanding& after);

// The standing of a person of whom `head` is the head, when the members of these standings become
// one person: one that is locked, or else that on the highest level; the head's own among equals.
// An empty one if there is none.
TierStanding Join(const TierScheme& scheme, const MemberKey& head,
                  const std::vector<TierStanding>& standings);

// Holds a level (empty: none), until `until` or until Unlock.
void Lock(const TierScheme& scheme, const Zone& zone, const std::string& level,
          std::optional<Time> until, const std::string& reason, Time now, TierStanding& standing);
// Ends a lock. The level is then reviewed as any.
void Unlock(Time now, TierStanding& standing);

// When the member falls as things stand. nullopt: they were not told that they would.
std::optional<Time> FallTime(const TierScheme& scheme, const TierStanding& standing);

// The levels up to the present one, as audiences know them: `scheme/level`.
std::vector<std::string> TiersOf(const TierScheme& scheme, const TierStanding& standing);

}  // namespace perigee::domain
