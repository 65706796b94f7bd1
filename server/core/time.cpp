#include "server/core/time.h"

#include "absl/time/time.h"
#include "server/core/error.h"

namespace perigee {

std::string FormatTime(Time t) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::FromUnixMicros(ToMicros(t)),
                          absl::UTCTimeZone());
}

namespace {

// absl alone would also take spaces around the time, years of any length, and "infinite-future".
bool LooksLikeRfc3339(std::string_view text) {
  const auto in = [](char c, char least, char most) { return least <= c && c <= most; };
  return text.size() >= std::string_view("2026-11-21T23:45:36").size() && in(text[0], '0', '9') &&
         text[4] == '-' && (in(text.back(), '0', '9') || text.back() == 'Z');
}

}  // namespace

absl::StatusOr<Time> ParseTime(std::string_view text) {
  const absl::string_view view(text.data(), text.size());
  absl::Time parsed;
  std::string ignored;
  if (!LooksLikeRfc3339(text) ||
      (!absl::ParseTime("%Y-%m-%dT%H:%M:%E*S%Ez", view, &parsed, &ignored) &&
       !absl::ParseTime("%Y-%m-%dT%H:%M:%E*S", view, absl::UTCTimeZone(), &parsed, &ignored))) {
    return InvalidField("time", "is not RFC 3339, such as 2026-11-21T23:45:36Z");
  }
  return FromMicros(absl::ToUnixMicros(parsed));
}

}  // namespace perigee
