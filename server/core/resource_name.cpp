#include "server/core/resource_name.h"

#include <algorithm>

#include "absl/strings/str_split.h"
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
  const auto split = [](std::string_view text) {
    return absl::StrSplit(absl::string_view(text.data(), text.size()), '/');
  };
  const std::vector<std::string> want = split(pattern);
  const std::vector<std::string> have = split(name);
  bool matches = want.size() == have.size();
  std::vector<std::string> parts;
  for (std::size_t i = 0; matches && i < want.size(); ++i) {
    if (want[i] == "*") {
      matches = IsValidId(have[i]);
      parts.push_back(have[i]);
    } else {
      matches = want[i] == have[i];
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
