#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

#include <google/protobuf/field_mask.pb.h>

#include "absl/status/statusor.h"

namespace perigee::services {

// The fields that an Update changes: those of the mask, or all that may be changed if it is empty.
// kInvalidField if it names another.
absl::StatusOr<std::set<std::string, std::less<>>> ParseUpdateMask(
    const google::protobuf::FieldMask& mask, std::span<const std::string_view> changeable);

}  // namespace perigee::services
