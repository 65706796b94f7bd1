#include "server/core/time.h"

#include "absl/time/time.h"
#include "server/core/error.h"

namespace perigee {

std::string FormatTime(Time t) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::FromUnixMicros(ToMicros(t)),
                          absl::UTCTimeZone());
}

absl::StatusOr<Time> ParseTime(std::string_view text) {
  const absl::string_view view(text.data(), text.size());
  absl::Time parsed;
  std::string ignored;
  if (!absl::ParseTime("%Y-%m-%dT%H:%M:%E*S%Ez", view, &parsed, &ignored) &&
      !absl::ParseTime("%Y-%m-%dT%H:%M:%E*S", view, absl::UTCTimeZone(), &parsed, &ignored)) {
    return InvalidField("time", "is not RFC 3339, such as 2026-11-21T23:45:36Z");
  }
  return FromMicros(absl::ToUnixMicros(parsed));
}

}  // namespace perigee
