#include "server/core/civil_time.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "server/core/error.h"

namespace perigee {
namespace {

Time FromAbsl(absl::Time t) { return FromMicros(absl::ToUnixMicros(t)); }

// absl would open any file by its path, and takes "localtime", "libc:…" and fixed offsets. Only
// names in the zone database mean the same on every server. The zones in right/ count leap seconds.
bool LooksLikeZone(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+' || c == '-' || c == '/';
  };
  return !name.empty() && name.front() != '/' && std::ranges::all_of(name, allowed) &&
         name != "localtime" && !name.starts_with("Fixed/") && !name.starts_with("right/");
}

std::atomic<bool> any_missing{false};

}  // namespace

Zone::Zone(std::string name, absl::TimeZone zone) : name_(std::move(name)), zone_(zone) {}

absl::StatusOr<Zone> Zone::Parse(std::string_view name, std::string_view field) {
  absl::TimeZone zone;
  if (!LooksLikeZone(name) ||
      !absl::LoadTimeZone(absl::string_view(name.data(), name.size()), &zone)) {
    return InvalidField(field, "is not an IANA time zone, such as Europe/Berlin");
  }
  return Zone(std::string(name), zone);
}

absl::StatusOr<Zone> Zone::Load(std::string_view name) {
  absl::StatusOr<Zone> zone = Parse(name, "time_zone");
  if (!zone.ok()) {
    any_missing.store(true, std::memory_order_relaxed);
    return Error(Reason::kTimeZoneMissing,
                 "this host has no time zone " + std::string(name) +
                     ": install the package tzdata, and tzdata-legacy where there is one",
                 {{"time_zone", std::string(name)}});
  }
  return zone;
}

bool Zone::AnyMissing() { return any_missing.load(std::memory_order_relaxed); }

Zone Zone::Utc() { return {"UTC", absl::UTCTimeZone()}; }

Time Zone::At(absl::CivilSecond local) const {
  const absl::TimeZone::TimeInfo info = zone_.At(local);
  return FromAbsl(info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre);
}

Time Zone::StartOf(absl::CivilDay day) const { return At(absl::CivilSecond(day)); }

absl::CivilDay Zone::DayOf(Time t) const {
  return absl::CivilDay(zone_.At(absl::FromUnixMicros(ToMicros(t))).cs);
}

absl::CivilDay Zone::DayAfter(absl::CivilDay day) const {
  do {
    ++day;
  } while (DayOf(StartOf(day)) != day);
  return day;
}

Time Zone::AddMonths(Time t, int months) const {
  const absl::TimeZone::CivilInfo from = zone_.At(absl::FromUnixMicros(ToMicros(t)));
  const absl::CivilMonth month = absl::CivilMonth(from.cs) + months;
  const absl::CivilDay last = absl::CivilDay(month + 1) - 1;
  const int day = std::min(from.cs.day(), last.day());
  const absl::CivilSecond to(month.year(), month.month(), day, from.cs.hour(), from.cs.minute(),
                             from.cs.second());
  return At(to) + Duration(absl::ToInt64Microseconds(from.subsecond));
}

}  // namespace perigee
