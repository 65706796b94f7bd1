#include "clients/cli/format.h"

#include <algorithm>
#include <cctype>

#include "clients/cli/failure.h"

namespace perigee::cli {

google::protobuf::Timestamp ToTimestamp(Time time) {
  google::protobuf::Timestamp timestamp;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  timestamp.set_seconds(seconds.time_since_epoch().count());
  timestamp.set_nanos(static_cast<std::int32_t>((time - seconds).count() * 1000));
  return timestamp;
}

std::string FormatTimestamp(const google::protobuf::Timestamp& timestamp) {
  if (timestamp.seconds() == 0 && timestamp.nanos() == 0) {
    return "";
  }
  std::string text =
      FormatTime(FromMicros(timestamp.seconds() * 1'000'000 + timestamp.nanos() / 1000));
  const std::size_t point = text.find('.');
  if (point != std::string::npos) {
    text.erase(point, text.size() - 1 - point);
  }
  return text;
}

absl::StatusOr<google::protobuf::Timestamp> ParseTimestamp(std::string_view option,
                                                           const std::string& text) {
  const bool day_alone = text.size() == 10;
  const absl::StatusOr<Time> time = ParseTime(day_alone ? text + "T00:00:00Z" : text);
  if (!time.ok()) {
    return UsageFailure(std::string(option) + " " + text +
                        " is no time; write 2026-11-21 or 2026-11-21T23:45:36Z.");
  }
  return ToTimestamp(*time);
}

std::string Friendly(std::string_view value, std::string_view prefix) {
  if (value.starts_with(prefix)) {
    value.remove_prefix(prefix.size());
  }
  std::string word(value);
  std::ranges::transform(word, word.begin(), [](unsigned char c) {
    return c == '_' ? '-' : static_cast<char>(std::tolower(c));
  });
  return word;
}

std::string Unfriendly(std::string_view word, std::string_view prefix) {
  std::string value(word);
  std::ranges::transform(value, value.begin(), [](unsigned char c) {
    return c == '-' ? '_' : static_cast<char>(std::toupper(c));
  });
  return std::string(prefix) + value;
}

}  // namespace perigee::cli
