#include "server/services/update_mask.h"

#include <algorithm>

#include "server/core/error.h"

namespace perigee::services {

absl::StatusOr<std::set<std::string, std::less<>>> ParseUpdateMask(
    const google::protobuf::FieldMask& mask, std::span<const std::string_view> changeable) {
  if (mask.paths().empty()) {
    return std::set<std::string, std::less<>>(changeable.begin(), changeable.end());
  }
  std::set<std::string, std::less<>> fields;
  for (const std::string& path : mask.paths()) {
    if (std::ranges::find(changeable, path) == changeable.end()) {
      return InvalidField("update_mask", "names a field that cannot be changed");
    }
    fields.insert(path);
  }
  return fields;
}

}  // namespace perigee::services
