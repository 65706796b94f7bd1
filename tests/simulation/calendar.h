#pragma once

#include <string>
#include <utility>

#include "tests/simulation/operation.h"

namespace perigee::simulation {

// The model's own calendar. It finds civil days by search, not by computation.

inline constexpr Micros kEver = INT64_MIN / 4;
inline constexpr Micros kForever = INT64_MAX / 4;

// The first instant at which a clock in `zone` shows that day (days since 1970) or a later one.
Micros StartOfDay(const std::string& zone, std::int64_t day);
// The day that a clock in `zone` shows.
std::int64_t DayAt(const std::string& zone, Micros time);
// The same clock time on the same day of the next month, or on its last day.
Micros MonthLater(const std::string& zone, Micros time);
// The same of the month before.
Micros MonthEarlier(const std::string& zone, Micros time);

// A period: its id, its first instant, and the first instant after it.
struct Span {
  std::string id;
  Micros start = kEver;
  Micros end = kForever;
};
Span SpanAt(const BoardSpec& board, Micros time);
Span SpanAfter(const BoardSpec& board, const Span& span);
// True if the board has a period of that id; then `span` is that period.
bool FindSpan(const BoardSpec& board, const std::string& id, Span& span);

}  // namespace perigee::simulation
