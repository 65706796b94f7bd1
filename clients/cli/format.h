#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/generated_enum_reflection.h>
#include <google/protobuf/message.h>
#include <google/protobuf/repeated_field.h>
#include <google/protobuf/timestamp.pb.h>

#include "absl/status/statusor.h"
#include "server/core/civil_time.h"
#include "server/core/time.h"

namespace perigee::cli {

google::protobuf::Timestamp ToTimestamp(Time time);
// `2026-11-21T23:45:36Z`; empty for an unset timestamp.
std::string FormatTimestamp(const google::protobuf::Timestamp& timestamp);
// Where the zone of a day comes from. It is asked only if a day is read.
using ZoneSource = std::function<absl::StatusOr<Zone>()>;
// Reads RFC 3339 with a zone, or a day alone, which means its first instant in `zone`.
// kInvalidField if it is neither, for any field.
absl::StatusOr<Time> ParseMoment(const std::string& text, const ZoneSource& zone);

std::string YesNo(bool value);
// A message as one line of JSON, with all its fields.
std::string JsonOf(const google::protobuf::Message& message);

// A value of an enum as people write it: `STAKEHOLDER_KIND_PARTNER` with that prefix is `partner`.
std::string Friendly(std::string_view value, std::string_view prefix);
std::string Unfriendly(std::string_view word, std::string_view prefix);
// The prefix of an enum's values, and all its words: `customer, employee, …`.
std::string PrefixOf(const google::protobuf::EnumDescriptor& words);
std::string WordsOf(const google::protobuf::EnumDescriptor& words);

// The word of a value, such as `partner`, or of several: `customer, donor`. Empty for a value that
// the enum does not have.
std::string Word(const google::protobuf::EnumDescriptor& words, int value);
std::string Words(const google::protobuf::EnumDescriptor& words,
                  const google::protobuf::RepeatedField<int>& values);
template <class Enum>
std::string Word(Enum value) {
  return Word(*google::protobuf::GetEnumDescriptor<Enum>(), value);
}
template <class Enum>
std::string Words(const google::protobuf::RepeatedField<int>& values) {
  return Words(*google::protobuf::GetEnumDescriptor<Enum>(), values);
}

}  // namespace perigee::cli
