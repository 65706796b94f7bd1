#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "server/core/time.h"

namespace perigee {

// An IANA time zone. Cheap to copy.
class Zone {
 public:
  // A zone that a caller names. kInvalidField, naming `field`, if the host does not have it.
  static absl::StatusOr<Zone> Parse(std::string_view name, std::string_view field);
  // A zone that was parsed once and is stored. kTimeZoneMissing if this host does not have it: that
  // is a fault of the host, and never of the caller.
  static absl::StatusOr<Zone> Load(std::string_view name);
  // Whether Load failed in this process. It stays so until the process ends, because the library
  // remembers failures. Safe from many threads.
  static bool AnyMissing();
  static Zone Utc();

  // The instant at which clocks show that time. If they skip it, the instant of the change. If they
  // show it twice, the earlier one.
  Time At(absl::CivilSecond local) const;
  // The first instant of a civil day. Where clocks skip midnight (Santiago, 2026-09-06), the first
  // instant that the day has.
  Time StartOf(absl::CivilDay day) const;
  absl::CivilDay DayOf(Time t) const;
  // The next day that the zone has. Apia has no 30 December 2011.
  absl::CivilDay DayAfter(absl::CivilDay day) const;
  // The civil time of `t` moved on by whole months. Keeps the day and clock time, or takes the
  // month's last day if the month is shorter (31 January + 1 month = the last day of February).
  Time AddMonths(Time t, int months) const;
  const std::string& name() const { return name_; }

 private:
  Zone(std::string name, absl::TimeZone zone);
  std::string name_;
  absl::TimeZone zone_;
};

// Half-open: [start, end).
struct Interval {
  Time start = kBeginningOfTime;
  Time end = kEndOfTime;
  bool Contains(Time t) const { return start <= t && t < end; }
  auto operator<=>(const Interval&) const = default;
};

}  // namespace perigee
