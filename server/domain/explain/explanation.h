#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/core/time.h"

namespace perigee::domain {

// One contribution to a value. explain.proto says what the fields of these structs mean.
struct ExplanationPart {
  std::int64_t amount = 0;
  std::string text;
  std::string source;
  std::optional<Time> time;
};

// Something that would change a value.
struct ExplanationStep {
  std::string text;
  std::int64_t amount = 0;
  std::string unit;
  std::optional<Time> until;
};

// Why a value is as it is. The amounts of the parts and `left_out_amount` sum to `value`.
struct Explanation {
  std::string name;
  std::string member;
  std::int64_t value = 0;
  std::string unit;
  std::string text;
  std::optional<Time> since;
  std::vector<ExplanationPart> parts;
  std::size_t left_out = 0;
  std::int64_t left_out_amount = 0;
  std::vector<ExplanationStep> next;
};

inline constexpr std::size_t kExplanationPartsMax = 100;
// How many parts are looked at, to count those that are not shown.
inline constexpr std::size_t kExplanationPartsReadMax = 1000;

// Shows the first kExplanationPartsMax of the parts. What is left out is what they miss of the
// value: the amount of the other parts, and of those that were not read. Fewer are shown if that
// amount passed 64 bits otherwise.
void ShowParts(std::vector<ExplanationPart> parts, Explanation& explanation);

}  // namespace perigee::domain
