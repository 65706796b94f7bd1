#include "clients/cli/format.h"

#include <algorithm>
#include <cctype>

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

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

absl::StatusOr<Time> ParseMoment(const std::string& text, const ZoneSource& zone) {
  constexpr std::size_t kDaySize = std::string_view("2026-11-21").size();
  constexpr std::size_t kOffsetSize = std::string_view("+02:00").size();
  absl::CivilDay day;
  if (text.size() == kDaySize && absl::ParseCivilTime(text, &day)) {
    PERIGEE_ASSIGN_OR_RETURN(const Zone of_day, zone());
    return of_day.StartOf(day);
  }
  // ParseTime takes a time without a zone as UTC, which nobody here would expect.
  const bool has_zone =
      text.ends_with('Z') ||
      (text.size() > kDaySize + kOffsetSize &&
       std::string_view("+-").find(text[text.size() - kOffsetSize]) != std::string_view::npos);
  const absl::StatusOr<Time> time = ParseTime(text);
  if (!time.ok() || !has_zone) {
    return InvalidField("",
                        "must be a day or a time with its zone, such as 2026-11-21, "
                        "2026-11-21T23:45:36Z or 2026-11-21T23:45:36+02:00, not \"" +
                            text + "\"");
  }
  return *time;
}

std::string YesNo(bool value) { return value ? "yes" : "no"; }

std::string JsonOf(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions print;
  print.always_print_primitive_fields = true;
  print.preserve_proto_field_names = true;
  std::string json;
  return google::protobuf::util::MessageToJsonString(message, &json, print).ok() ? json : "{}";
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

std::string PrefixOf(const google::protobuf::EnumDescriptor& words) {
  // The first value of every enum is PREFIX_UNSPECIFIED.
  const std::string first = words.value(0)->name();
  return first.substr(0, first.rfind('_') + 1);
}

std::string WordsOf(const google::protobuf::EnumDescriptor& words) {
  std::string all;
  for (int i = 1; i < words.value_count(); ++i) {
    all += (i == 1 ? "" : ", ") + Friendly(words.value(i)->name(), PrefixOf(words));
  }
  return all;
}

std::string Word(const google::protobuf::EnumDescriptor& words, int value) {
  const google::protobuf::EnumValueDescriptor* found = words.FindValueByNumber(value);
  return found == nullptr ? "" : Friendly(found->name(), PrefixOf(words));
}

std::string Words(const google::protobuf::EnumDescriptor& words,
                  const google::protobuf::RepeatedField<int>& values) {
  return absl::StrJoin(values, ", ",
                       [&](std::string* text, int value) { text->append(Word(words, value)); });
}

}  // namespace perigee::cli
