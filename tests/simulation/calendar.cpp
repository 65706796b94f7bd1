#include "tests/simulation/calendar.h"

#include <map>
#include <tuple>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace perigee::simulation {
namespace {

absl::TimeZone ZoneNamed(const std::string& name) {
  static auto& zones = *new std::map<std::string, absl::TimeZone>;
  const auto [it, added] = zones.try_emplace(name);
  if (added) {
    absl::LoadTimeZone(name, &it->second);
  }
  return it->second;
}

absl::CivilDay Civil(std::int64_t day) { return absl::CivilDay(1970, 1, 1) + day; }
std::int64_t Number(absl::CivilDay day) { return day - absl::CivilDay(1970, 1, 1); }

// The first day of the period that holds `day`; for a rolling period, its last day.
absl::CivilDay NamingDay(Rhythm rhythm, absl::CivilDay day) {
  switch (rhythm) {
    case Rhythm::kWeek:
      while (absl::GetWeekday(day) != absl::Weekday::monday) {
        --day;
      }
      break;
    case Rhythm::kMonth:
      while (day.day() != 1) {
        --day;
      }
      break;
    case Rhythm::kQuarter:
      while (day.day() != 1 || day.month() % 3 != 1) {
        --day;
      }
      break;
    case Rhythm::kAllTime:
    case Rhythm::kDaily:
    case Rhythm::kRolling:
      break;
  }
  return day;
}

Span SpanNamed(const BoardSpec& board, absl::CivilDay day) {
  if (board.rhythm == Rhythm::kAllTime) {
    return {"all-time"};
  }
  absl::CivilDay next = day + 1;
  while (NamingDay(board.rhythm, next) != next) {
    ++next;
  }
  const absl::CivilDay first =
      board.rhythm == Rhythm::kRolling ? day - board.rolling_days + 1 : day;
  return {absl::FormatCivilTime(day), StartOfDay(board.zone, Number(first)),
          StartOfDay(board.zone, Number(next))};
}

// The same clock time in that month.
Micros InMonth(absl::CivilMonth month, const absl::TimeZone& zone, Micros time) {
  const absl::CivilSecond clock = absl::ToCivilSecond(absl::FromUnixMicros(time), zone);
  absl::CivilDay day(month);
  while (day.day() < clock.day() && absl::CivilMonth(day + 1) == month) {
    ++day;
  }
  const absl::CivilSecond then(day.year(), day.month(), day.day(), clock.hour(), clock.minute(),
                               clock.second());
  const Micros fraction = (time % kSecond + kSecond) % kSecond;
  return absl::ToUnixMicros(absl::FromCivil(then, zone)) + fraction;
}

absl::CivilMonth MonthAt(const absl::TimeZone& zone, Micros time) {
  return absl::CivilMonth(absl::ToCivilSecond(absl::FromUnixMicros(time), zone));
}

}  // namespace

std::int64_t DayAt(const std::string& zone, Micros time) {
  return Number(absl::ToCivilDay(absl::FromUnixMicros(time), ZoneNamed(zone)));
}

Micros StartOfDay(const std::string& zone, std::int64_t day) {
  static auto& known = *new std::map<std::pair<std::string, std::int64_t>, Micros>;
  const auto [it, added] = known.try_emplace({zone, day});
  if (added) {
    Micros before = (day - 2) * kDay;
    Micros after = (day + 2) * kDay;
    while (before + 1 < after) {
      const Micros middle = before + (after - before) / 2;
      (DayAt(zone, middle) >= day ? after : before) = middle;
    }
    it->second = after;
  }
  return it->second;
}

Micros MonthLater(const std::string& zone, Micros time) {
  const absl::TimeZone in = ZoneNamed(zone);
  return InMonth(MonthAt(in, time) + 1, in, time);
}
Micros MonthEarlier(const std::string& zone, Micros time) {
  const absl::TimeZone in = ZoneNamed(zone);
  return InMonth(MonthAt(in, time) - 1, in, time);
}

Span SpanAt(const BoardSpec& board, Micros time) {
  return SpanNamed(board, NamingDay(board.rhythm, Civil(DayAt(board.zone, time))));
}

Span SpanAfter(const BoardSpec& board, const Span& span) { return SpanAt(board, span.end); }

bool FindSpan(const BoardSpec& board, const std::string& id, Span& span) {
  absl::CivilDay day;
  if (board.rhythm != Rhythm::kAllTime &&
      (!absl::ParseCivilTime(id, &day) || NamingDay(board.rhythm, day) != day)) {
    return false;
  }
  span = SpanNamed(board, day);
  return span.id == id;
}

}  // namespace perigee::simulation
