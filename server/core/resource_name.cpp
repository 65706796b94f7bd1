#include "server/core/resource_name.h"

#include <algorithm>

#include "server/core/error.h"

namespace perigee {

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
  return InvalidField(
      field, id.empty() ? "is required"
                        : "must be 1 to 63 of a-z, 0-9 and '-', starting and ending with a letter "
                          "or digit");
}

absl::StatusOr<std::vector<std::string>> ParseName(std::string_view field, std::string_view name,
                                                   std::string_view pattern) {
  const auto next = [](std::string_view& rest) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
  };
  bool matches = std::ranges::count(name, '/') == std::ranges::count(pattern, '/');
  std::vector<std::string> parts;
  std::string_view have = name;
  for (std::string_view want = pattern; matches && !want.empty();) {
    const std::string_view wanted = next(want);
    const std::string_view part = next(have);
    matches = wanted == "*" ? IsValidId(part) : wanted == part;
    if (wanted == "*") {
      parts.emplace_back(part);
    }
  }
  if (!matches) {
    return InvalidField(
        field, name.empty() ? "is required" : "does not have the form " + std::string(pattern));
  }
  return parts;
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

}  // namespace perigee
