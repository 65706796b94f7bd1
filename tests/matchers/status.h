#pragma once

#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/error.h"

namespace perigee::tests {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <class T>
const absl::Status& StatusOf(const absl::StatusOr<T>& value) {
  return value.status();
}

// EXPECT_THAT(status_or_statusor, IsOk());
MATCHER(IsOk, "is OK") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).ok();
}

// EXPECT_THAT(status_or_statusor, HasReason(Reason::kNotFound));
MATCHER_P(HasReason, reason, std::string("is refused with ") + std::string(ReasonName(reason))) {
  *result_listener << StatusOf(arg).ToString();
  return ReasonOf(StatusOf(arg)) == reason;
}

// EXPECT_THAT(status, IsInvalidField("member.display_name"));
MATCHER_P(IsInvalidField, field, std::string("is refused for the field ") + field) {
  *result_listener << StatusOf(arg).ToString();
  return ReasonOf(StatusOf(arg)) == Reason::kInvalidField &&
         MetadataOf(StatusOf(arg)).at("field") == field;
}

}  // namespace perigee::tests
