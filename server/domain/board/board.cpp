#include "server/domain/board/board.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/member/member.h"
#include "server/domain/program/program.h"

namespace perigee::domain {
namespace {

constexpr absl::civil_year_t kYearMin = 3;
constexpr absl::civil_year_t kYearMax = 9999;

constexpr std::string_view kAllTimeId = "all-time";

absl::Status CheckCadence(const Board& board) {
  if (board.cadence < Cadence::kAllTime || board.cadence > Cadence::kRolling) {
    return InvalidField("board.cadence", "must be given");
  }
  if (board.cadence == Cadence::kRolling) {
    if (board.rolling_days < 1 || board.rolling_days > kRollingDaysMax) {
      return InvalidField("board.rolling_days", absl::StrCat("must be 1 to ", kRollingDaysMax));
    }
  } else if (board.rolling_days != 0) {
    return InvalidField("board.rolling_days", "is only for the cadence ROLLING");
  }
  if (board.week_start < WeekStart::kMonday || board.week_start > WeekStart::kSunday) {
    return InvalidField("board.week_start", "is not a day that weeks start on");
  }
  if (board.cadence != Cadence::kWeek && board.week_start != WeekStart::kMonday) {
    return InvalidField("board.week_start", "is only for the cadence WEEK");
  }
  return absl::OkStatus();
}

absl::Status CheckScope(const Board& board) {
  if (!board.facet.empty()) {
    PERIGEE_RETURN_IF_ERROR(CheckId("board.facet", board.facet));
  }
  if (board.kind &&
      (*board.kind < StakeholderKind::kCustomer || *board.kind > StakeholderKind::kInvestor)) {
    return InvalidField("board.kind", "is not a kind of stakeholder");
  }
  if (!board.audience.IsTimeless()) {
    // A place would come and go without a change that followers of the journal could see.
    return InvalidField("board.audience", "must not use orbit, member_for or activities");
  }
  return absl::OkStatus();
}

// Clocks may fall back over midnight, so that the old date shows once more after the new day began
// (St. John's until 2011). The day's first instant decides, not the date on the clock.
absl::CivilDay DayHolding(const Zone& zone, Time time) {
  absl::CivilDay day = zone.DayOf(time);
  while (zone.StartOf(day + 1) <= time) {
    ++day;
  }
  return day;
}

// The day that names the period of `day`.
absl::CivilDay NamingDay(const Board& board, absl::CivilDay day) {
  switch (board.cadence) {
    case Cadence::kWeek:
      return absl::PrevWeekday(day + 1, board.week_start == WeekStart::kSunday
                                            ? absl::Weekday::sunday
                                            : absl::Weekday::monday);
    case Cadence::kMonth:
      return absl::CivilDay(day.year(), day.month());
    case Cadence::kQuarter:
      return absl::CivilDay(day.year(), (day.month() - 1) / 3 * 3 + 1);
    case Cadence::kYear:
      return absl::CivilDay(day.year());
    case Cadence::kAllTime:
    case Cadence::kDay:
    case Cadence::kRolling:
      break;
  }
  return day;
}

// The naming day of the period after the one that `day` names.
absl::CivilDay NextNamingDay(const Board& board, absl::CivilDay day) {
  switch (board.cadence) {
    case Cadence::kWeek:
      return day + 7;
    case Cadence::kMonth:
      return absl::CivilDay(day.year(), day.month() + 1);
    case Cadence::kQuarter:
      return absl::CivilDay(day.year(), day.month() + 3);
    case Cadence::kYear:
      return absl::CivilDay(day.year() + 1);
    case Cadence::kAllTime:
    case Cadence::kDay:
    case Cadence::kRolling:
      break;
  }
  return day + 1;
}

std::string FormatDay(absl::CivilDay day) { return absl::FormatCivilTime(day); }

std::optional<absl::CivilDay> ParseDay(std::string_view text) {
  absl::CivilDay day;
  // Each day has only one spelling as an id.
  if (!absl::ParseCivilTime(absl::string_view(text.data(), text.size()), &day) ||
      FormatDay(day) != text) {
    return std::nullopt;
  }
  return day;
}

Period PeriodNamed(const Board& board, const Zone& zone, absl::CivilDay day) {
  Period period{FormatDay(day), {}};
  const absl::CivilDay first =
      board.cadence == Cadence::kRolling ? day - (board.rolling_days - 1) : day;
  period.interval = {zone.StartOf(first), zone.StartOf(NextNamingDay(board, day))};
  period.present = {zone.StartOf(day), period.interval.end};
  return period;
}

// Where the date line moved (Apia, 2011-12-30), a calendar day has no instant, so no window ends
// with it.
bool Exists(const Board& board, const Zone& zone, absl::CivilDay day) {
  return zone.StartOf(day) < zone.StartOf(NextNamingDay(board, day));
}

Period AllTime() { return {std::string(kAllTimeId), {}}; }

void AppendBigEndian(std::uint64_t value, std::string& bytes) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>((value >> shift) & 0xff));
  }
}

std::uint64_t HashOf(const Place& place) {
  std::string bytes;
  bytes.reserve(place.member_id.size() + 17);
  bytes += place.member_id;
  bytes.push_back('\0');
  AppendBigEndian(static_cast<std::uint64_t>(place.score.score), bytes);
  AppendBigEndian(static_cast<std::uint64_t>(ToMicros(place.score.reach_time)), bytes);
  const Sha256Digest digest = Sha256(bytes);
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    hash = hash << 8 | digest[i];
  }
  return hash;
}

}  // namespace

std::int64_t ClampScore(absl::int128 sum) {
  return static_cast<std::int64_t>(std::clamp<absl::int128>(sum, -kScoreMax, kScoreMax));
}

absl::Status ValidateBoard(const Board& board) {
  PERIGEE_RETURN_IF_ERROR(CheckId("board_id", board.id));
  PERIGEE_RETURN_IF_ERROR(
      CheckText("board.display_name", board.display_name, 1, kDisplayNameBytesMax));
  PERIGEE_RETURN_IF_ERROR(CheckId("board.asset", board.asset));
  PERIGEE_RETURN_IF_ERROR(CheckCadence(board));
  PERIGEE_RETURN_IF_ERROR(Zone::Parse(board.time_zone, "board.time_zone").status());
  if (board.scheme < Scheme::kCompetition || board.scheme > Scheme::kOrdinal) {
    return InvalidField("board.scheme", "is not a ranking scheme");
  }
  PERIGEE_RETURN_IF_ERROR(CheckScope(board));
  if (board.grace_hours < 1 || board.grace_hours > kGraceHoursMax) {
    return InvalidField("board.grace_hours", absl::StrCat("must be 1 to ", kGraceHoursMax));
  }
  return absl::OkStatus();
}

Period PeriodAt(const Board& board, const Zone& zone, Time time) {
  if (board.cadence == Cadence::kAllTime) {
    return AllTime();
  }
  return PeriodNamed(board, zone, NamingDay(board, DayHolding(zone, time)));
}

absl::StatusOr<Period> PeriodById(const Board& board, const Zone& zone, std::string_view id,
                                  std::string_view field) {
  if (board.cadence == Cadence::kAllTime) {
    if (id != kAllTimeId) {
      return InvalidField(field, "is not a period of the board, which has `all-time` only");
    }
    return AllTime();
  }
  const std::optional<absl::CivilDay> day = ParseDay(id);
  // Both ends of a period fit a Timestamp, which has the years 1 to 9999, in any zone.
  if (!day || day->year() < kYearMin || NextNamingDay(board, *day).year() > kYearMax ||
      NamingDay(board, *day) != *day || !Exists(board, zone, *day)) {
    return InvalidField(field, board.cadence == Cadence::kRolling
                                   ? "is not a period of the board: give its last day, such as "
                                     "2026-11-16"
                                   : "is not a period of the board: give its first day, such as "
                                     "2026-11-16");
  }
  return PeriodNamed(board, zone, *day);
}

Period NextPeriod(const Board& board, const Zone& zone, const Period& period) {
  const std::optional<absl::CivilDay> day = ParseDay(period.id);
  if (board.cadence == Cadence::kAllTime || !day) {
    return period;
  }
  absl::CivilDay next = NextNamingDay(board, *day);
  while (!Exists(board, zone, next)) {
    next = NextNamingDay(board, next);
  }
  return PeriodNamed(board, zone, next);
}

std::optional<Time> CloseTime(const Board& board, const Period& period) {
  if (board.cadence == Cadence::kAllTime) {
    return std::nullopt;
  }
  return period.interval.end + std::chrono::hours(board.grace_hours);
}

Period FirstOpenPeriod(const Board& board, const Zone& zone, const std::set<std::string>& closed) {
  Period period = PeriodAt(board, zone, board.create_time);
  while (board.cadence != Cadence::kAllTime && closed.contains(period.id)) {
    period = NextPeriod(board, zone, period);
  }
  return period;
}

std::string DueKeyOfPeriod(const PeriodName& name) {
  return absl::StrCat(name.board, "/", name.period);
}

std::optional<PeriodName> PeriodOfDueKey(std::string_view key) {
  const std::size_t slash = key.find('/');
  if (slash == std::string_view::npos) {
    return std::nullopt;
  }
  return PeriodName{std::string(key.substr(0, slash)), std::string(key.substr(slash + 1))};
}

bool IsEligible(const Board& board, const Member& member) {
  return member.type == MemberType::kPerson && member.standing == Standing::kGood &&
         !member.board_opt_out && !member.IsMerged() &&
         (board.facet.empty() || std::ranges::binary_search(member.facets, board.facet)) &&
         (!board.kind || std::ranges::binary_search(member.kinds, *board.kind)) &&
         board.audience.Has(member);
}

bool StandsBefore(const Place& a, const Place& b) {
  if (a.score.score != b.score.score) {
    return a.score.score > b.score.score;
  }
  if (a.score.reach_time != b.score.reach_time) {
    return a.score.reach_time < b.score.reach_time;
  }
  return a.member_id < b.member_id;
}

std::vector<RankedPlace> RankAll(std::vector<Place> places, Scheme scheme) {
  std::ranges::sort(places, StandsBefore);
  std::vector<RankedPlace> ranked;
  ranked.reserve(places.size());
  for (Place& place : places) {
    RankedPlace entry{static_cast<std::int64_t>(ranked.size()) + 1, std::move(place), false};
    if (!ranked.empty()) {
      RankedPlace& before = ranked.back();
      const bool equal_score = before.place.score.score == entry.place.score.score;
      if (scheme == Scheme::kDense) {
        entry.rank = before.rank + (equal_score ? 0 : 1);
      } else if (scheme == Scheme::kCompetition && equal_score) {
        entry.rank = before.rank;
      }
      if (before.place.score == entry.place.score) {
        before.tied = true;
        entry.tied = true;
      }
    }
    ranked.push_back(std::move(entry));
  }
  return ranked;
}

void PlacesDigest::Add(const Place& place) {
  ++count;
  score_sum += static_cast<std::uint64_t>(place.score.score);
  mix ^= HashOf(place);
}

void PlacesDigest::Remove(const Place& place) {
  --count;
  score_sum -= static_cast<std::uint64_t>(place.score.score);
  mix ^= HashOf(place);
}

std::string PlacesDigest::Hex() const { return absl::StrCat(absl::Hex(mix, absl::kZeroPad16)); }

PlacesDigest DigestOf(std::span<const Place> places) {
  PlacesDigest digest;
  for (const Place& place : places) {
    digest.Add(place);
  }
  return digest;
}

std::string ResultDigest(std::span<const ResultEntry> entries) {
  std::string lines;
  for (const ResultEntry& entry : entries) {
    absl::StrAppend(&lines, entry.rank, ",", entry.score.score, ",",
                    ToMicros(entry.score.reach_time), ",", entry.member.Hex(), "\n");
  }
  return Hex(Sha256(lines));
}

}  // namespace perigee::domain
