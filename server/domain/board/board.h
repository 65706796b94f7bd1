#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/civil_time.h"
#include "server/domain/audience/audience.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

struct Member;
enum class StakeholderKind : std::uint8_t;

// Values are those of perigee.v1.Board.
enum class Scheme : std::uint8_t { kCompetition = 1, kDense, kOrdinal };
enum class Cadence : std::uint8_t { kAllTime = 1, kDay, kWeek, kMonth, kQuarter, kYear, kRolling };
enum class WeekStart : std::uint8_t { kMonday = 1, kSunday };

struct Board {
  std::string id;
  std::string display_name;
  std::string asset;
  Cadence cadence = Cadence::kAllTime;
  int rolling_days = 0;
  WeekStart week_start = WeekStart::kMonday;
  std::string time_zone;
  Scheme scheme = Scheme::kCompetition;
  std::string facet;                    // Empty: everybody.
  std::optional<StakeholderKind> kind;  // Absent: everybody.
  Audience audience;                    // Of them, only these. Timeless.
  bool allow_demographic = false;       // Facet and audience may name demographic facets.
  int grace_hours = 48;
  Time create_time{};
  // `created` is the revision that made the board; it tells the board from an earlier one of the
  // same id. `epoch` is the revision that last changed who is on the board or how; a cached period
  // of an older epoch is worthless.
  Revision created = 0;
  Revision epoch = 0;
  Revision revision = 0;
  bool operator==(const Board&) const = default;
};

inline constexpr int kRollingDaysMax = 366;
inline constexpr int kGraceHoursMax = 720;

// kInvalidField for a field outside the limits of board.proto (time_zone must be set).
absl::Status ValidateBoard(const Board& board);

// One period. `id` is its first day (`2026-11-16`), for a rolling window its last day, or
// `all-time`.
struct Period {
  std::string id;
  Interval interval;
  // The time during which it is the board's present period: the interval, or for a rolling window
  // its last day, because several windows hold one instant.
  Interval present{};
};

// The period that holds `time`. `zone` is the board's.
Period PeriodAt(const Board& board, const Zone& zone, Time time);
// The period with that id. kInvalidField, naming `field`, if no period of the board starts there.
absl::StatusOr<Period> PeriodById(const Board& board, const Zone& zone, std::string_view id,
                                  std::string_view field = "name");
// The calendar period after it (for a rolling window, the window one day later). An all-time period
// is its own next.
Period NextPeriod(const Board& board, const Zone& zone, const Period& period);

// When the period can be closed: at the end of its grace for late events. nullopt: never.
std::optional<Time> CloseTime(const Board& board, const Period& period);
// The first period since the board was made that is not among `closed`, which are ids.
Period FirstOpenPeriod(const Board& board, const Zone& zone, const std::set<std::string>& closed);

// A period by its name.
struct PeriodName {
  std::string board;
  std::string period;
  bool operator==(const PeriodName&) const = default;
};
// The key under which a period falls due. PeriodOfDueKey gives nullopt for any other key.
std::string DueKeyOfPeriod(const PeriodName& name);
std::optional<PeriodName> PeriodOfDueKey(std::string_view key);

// Whether the member may be on the board: a person in good standing who did not opt out, within
// facet, kind and audience, and not merged into another member.
bool IsEligible(const Board& board, const Member& member);

// A score lies within ±kScoreMax. Transfers of a period may sum up to more, because a balance that
// is spent can be earned again; such a score is shown at the limit.
inline constexpr std::int64_t kScoreMax = std::int64_t{1} << 62;
std::int64_t ClampScore(absl::int128 sum);

// One member's score in one period.
struct Score {
  std::int64_t score = 0;
  Time reach_time{};  // The newest effective time of the transfers that make it.
  auto operator<=>(const Score&) const = default;
};

// A member's place before ranking. The total order of every board: score descending, reach_time
// ascending, member id ascending by bytes.
struct Place {
  std::string member_id;
  Score score;
  bool operator==(const Place&) const = default;
};
bool StandsBefore(const Place& a, const Place& b);

struct RankedPlace {
  std::int64_t rank = 0;
  Place place;
  bool tied = false;  // Another place has the same score and reach_time.
  bool operator==(const RankedPlace&) const = default;
};

// Ranks all places. This plain definition makes the results, and caches are compared with it. Sorts
// `places`.
std::vector<RankedPlace> RankAll(std::vector<Place> places, Scheme scheme);

// A summary of a period's places that does not depend on their order: count, Σ score modulo 2^64,
// and the xor of each place's hash (the first 8 bytes of SHA-256 over id, 0, score and reach_time
// big-endian). Add and Remove undo each other.
struct PlacesDigest {
  std::int64_t count = 0;
  std::uint64_t score_sum = 0;
  std::uint64_t mix = 0;
  void Add(const Place& place);
  void Remove(const Place& place);
  std::string Hex() const;  // Of `mix`.
  bool operator==(const PlacesDigest&) const = default;
};
PlacesDigest DigestOf(std::span<const Place> places);

// One line of a final result.
struct ResultEntry {
  std::int64_t rank = 0;
  MemberKey member;
  Score score;
  bool operator==(const ResultEntry&) const = default;
};
// The head of a period's final result or of an amendment. Never changes. The entries, by rank and
// then in the board's order, are kept under their digest.
struct PeriodResult {
  std::string board;
  Revision board_created = 0;
  std::string period;
  int version = 1;
  Time time{};
  std::string reason;  // Of an amendment.
  std::string digest;  // See ResultDigest.
  std::int64_t entry_count = 0;
  Revision revision = 0;
  bool operator==(const PeriodResult&) const = default;
};
// SHA-256 in hex over `rank,score,reached_us,member-pseudonym\n` for each entry.
std::string ResultDigest(std::span<const ResultEntry> entries);

}  // namespace perigee::domain
