#include "server/core/resource_name.h"

#include <algorithm>
#include <optional>

#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee {

namespace {

constexpr std::string_view kProgramsPrefix = "programs/";
constexpr std::string_view kMembersPart = "/members/";
constexpr std::string_view kIdForm =
    "1 to 63 of a-z, 0-9 and '-', starting and ending with a letter or digit";
constexpr std::size_t kShownMax = 100;

}  // namespace

bool IsValidId(std::string_view id) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !id.empty() && id.size() <= kIdLengthMax && alphanumeric(id.front()) &&
         alphanumeric(id.back()) &&
         std::ranges::all_of(id, [&](char c) { return alphanumeric(c) || c == '-'; });
}

absl::Status CheckId(std::string_view field, std::string_view id) {
  if (IsValidId(id)) {
    return absl::OkStatus();
  }
  return InvalidField(field, id.empty() ? "is required" : "must be " + std::string(kIdForm));
}

namespace {

bool Matches(std::string_view name, std::string_view pattern, std::span<std::string_view> parts) {
  for (std::string_view& part : parts) {
    const std::size_t star = pattern.find('*');
    if (star == std::string_view::npos || !name.starts_with(pattern.substr(0, star))) {
      return false;
    }
    name.remove_prefix(star);
    pattern.remove_prefix(star + 1);
    part = name.substr(0, name.find('/'));
    if (!IsValidId(part)) {
      return false;
    }
    name.remove_prefix(part.size());
  }
  return name == pattern;
}

// The part of a name that is no id, if the name has the pattern's form in all else.
std::optional<std::string_view> WrongId(std::string_view name, std::string_view pattern) {
  std::optional<std::string_view> wrong;
  for (;;) {
    const std::string_view part = name.substr(0, name.find('/'));
    const std::string_view wanted = pattern.substr(0, pattern.find('/'));
    if (wanted == "*" && !IsValidId(part) && !wrong.has_value()) {
      wrong = part;
    }
    const bool last = part.size() == name.size();
    if ((wanted != "*" && part != wanted) || last != (wanted.size() == pattern.size())) {
      return std::nullopt;
    }
    if (last) {
      return wrong;
    }
    name.remove_prefix(part.size() + 1);
    pattern.remove_prefix(wanted.size() + 1);
  }
}

}  // namespace

absl::Status MatchName(std::string_view field, std::string_view name, std::string_view pattern,
                       std::span<std::string_view> parts) {
  if (Matches(name, pattern, parts)) {
    return absl::OkStatus();
  }
  // What is longer would not fit into a refusal.
  if (const std::optional<std::string_view> id = WrongId(name, pattern);
      id.has_value() && id->size() <= kShownMax) {
    return Error(Reason::kInvalidField,
                 std::string(field) + " has \"" + std::string(*id) +
                     "\" in the place of an id, which is " + std::string(kIdForm),
                 {{"field", std::string(field)}, {"id", std::string(*id)}});
  }
  return InvalidField(
      field, name.empty() ? "is required" : "does not have the form " + std::string(pattern));
}

absl::StatusOr<std::vector<std::string>> ParseName(std::string_view field, std::string_view name,
                                                   std::string_view pattern) {
  std::vector<std::string_view> parts(static_cast<std::size_t>(std::ranges::count(pattern, '*')));
  PERIGEE_RETURN_IF_ERROR(MatchName(field, name, pattern, parts));
  return std::vector<std::string>(parts.begin(), parts.end());
}

std::string FormatName(std::string_view pattern, std::initializer_list<std::string_view> parts) {
  std::string name;
  const auto* part = parts.begin();
  for (const char c : pattern) {
    if (c == '*' && part != parts.end()) {
      name.append(*part++);
    } else {
      name.push_back(c);
    }
  }
  return name;
}

std::optional<std::string_view> ProgramIn(std::string_view name) {
  if (!name.starts_with(kProgramsPrefix)) {
    return std::nullopt;
  }
  name.remove_prefix(kProgramsPrefix.size());
  const std::string_view program = name.substr(0, name.find('/'));
  return IsValidId(program) ? std::optional(program) : std::nullopt;
}

std::optional<std::string_view> MemberIn(std::string_view name, std::string_view program) {
  name.remove_prefix(kProgramsPrefix.size() + program.size());
  if (!name.starts_with(kMembersPart)) {
    return std::nullopt;
  }
  name.remove_prefix(kMembersPart.size());
  return name.substr(0, name.find('/'));
}

std::string ProgramName(std::string_view program) { return FormatName(kProgramPattern, {program}); }

std::string AssetName(std::string_view program, std::string_view asset) {
  return FormatName(kAssetPattern, {program, asset});
}

std::string RuleName(std::string_view program, std::string_view rule) {
  return FormatName(kRulePattern, {program, rule});
}

std::string MemberName(std::string_view program, std::string_view member) {
  return FormatName(kMemberPattern, {program, member});
}

std::string ActivityName(std::string_view program, std::int64_t revision) {
  return FormatName(kActivityPattern, {program, std::to_string(revision)});
}

std::string BoardName(std::string_view program, std::string_view board) {
  return FormatName(kBoardPattern, {program, board});
}

std::string PeriodName(std::string_view program, std::string_view board, std::string_view period) {
  return FormatName(kPeriodPattern, {program, board, period});
}

}  // namespace perigee
