#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/field_mask_util.h>

#include "absl/status/statusor.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/use_cases/decided.h"

namespace perigee::services {

// A field that an Update may change: its name in the message, and a function that takes it over.
template <class T>
struct Changeable {
  std::string_view name;
  void (*take)(T& present, const T& given);
};

// Whether that field of the message is an enum and unspecified.
bool IsUnspecified(const google::protobuf::Message& message, std::string_view field);

// The edit that an Update asks for. The fields that the mask names, or all changeable ones if it is
// empty, take the values that `parse` reads from `message`. An unspecified enum stays as it is.
// Fields outside the mask stay as they are and are not checked. kInvalidField if the mask names a
// field that may not be changed.
template <class T, class Message, std::size_t kFields>
absl::StatusOr<use_cases::Edit<T>> ParseEdit(const google::protobuf::FieldMask& mask,
                                             const Message& message,
                                             const Changeable<T> (&changeable)[kFields],
                                             absl::StatusOr<T> (*parse)(const Message&)) {
  for (const std::string& path : mask.paths()) {
    if (std::ranges::find(changeable, path, &Changeable<T>::name) == std::end(changeable)) {
      return InvalidField("update_mask", "names a field that cannot be changed");
    }
  }
  Message stated = message;
  google::protobuf::util::FieldMaskUtil::TrimMessage(mask, &stated);
  PERIGEE_ASSIGN_OR_RETURN(T given, parse(stated));
  std::vector<Changeable<T>> changed;
  for (const Changeable<T>& field : changeable) {
    const bool named =
        mask.paths().empty() || std::ranges::find(mask.paths(), field.name) != mask.paths().end();
    if (named && !IsUnspecified(stated, field.name)) {
      changed.push_back(field);
    }
  }
  const auto apply = [given = std::move(given), changed = std::move(changed)](T& present) {
    for (const Changeable<T>& field : changed) {
      field.take(present, given);
    }
  };
  return use_cases::Edit<T>{apply, message.etag()};
}

}  // namespace perigee::services
