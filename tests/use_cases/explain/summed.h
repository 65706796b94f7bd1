#pragma once

#include <cstdint>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/status/statusor.h"
#include "server/domain/explain/explanation.h"
#include "tests/matchers/status.h"

namespace perigee::tests {

// The explanation, which must be there, and whose parts and rest must sum to its value.
inline domain::Explanation Summed(const absl::StatusOr<domain::Explanation>& explanation) {
  EXPECT_THAT(explanation, IsOk());
  if (!explanation.ok()) {
    return {};
  }
  std::int64_t sum = explanation->left_out_amount;
  for (const domain::ExplanationPart& part : explanation->parts) {
    sum += part.amount;
  }
  EXPECT_EQ(sum, explanation->value);
  return *explanation;
}

}  // namespace perigee::tests
