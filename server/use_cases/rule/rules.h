#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/rule/rules.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

// The terms of a rule or of its next version, as domain::ValidateRule wants them.
struct RuleDraft {
  domain::Rule rule;  // Without version and effective_time.
  // Absent: from the beginning of time for a new rule, from now on for a next version.
  std::optional<Time> effective_time = std::nullopt;
};

// kNotFound for the programme or an asset. kInvalidField if the rule contradicts other rules of the
// programme. kAlreadyExists.
absl::StatusOr<Decided<domain::Rule>> CreateRule(ports::StoreReader& reader,
                                                 const ports::UnitContext& unit,
                                                 const std::string& program,
                                                 const RuleDraft& draft);

// A rule among several that are set together.
struct RuleOrder {
  std::string field;  // Its path in the request, for refusals: `rules[2]`.
  RuleDraft draft;
  std::string etag = {};  // Of the present version. Empty: any.
};
using DecidedRules = absl::StatusOr<Decided<std::vector<domain::Rule>>>;

// Makes each rule's first or next version, and leaves rules alone that are as they shall be. The
// rules are judged as they will stand together. The answer has all of them, in the order given.
// Refuses as CreateRule and UpdateRule do, except for kAlreadyExists. kInvalidField for a rule that
// is given twice.
DecidedRules SetRules(ports::StoreReader& reader, const ports::UnitContext& unit,
                      const std::string& program, std::span<const RuleOrder> orders);

// Makes the next version of the rule. Refuses as CreateRule does, except for kAlreadyExists. Also
// kNotFound for the rule, kInvalidField for an effective_time before the present version's, and
// kEtagMismatch unless `etag` is empty or the present one.
absl::StatusOr<Decided<domain::Rule>> UpdateRule(ports::StoreReader& reader,
                                                 const ports::UnitContext& unit,
                                                 const std::string& program, const RuleDraft& draft,
                                                 const std::string& etag = {});

// The newest version of each of the programme's rules, by id.
absl::StatusOr<std::vector<domain::Rule>> NewestRules(ports::StoreReader& reader,
                                                      const std::string& program);
// All versions of one rule, oldest first. kNotFound if there is no such rule.
absl::StatusOr<std::vector<domain::Rule>> RuleVersions(ports::StoreReader& reader,
                                                       const std::string& program,
                                                       const std::string& rule);

}  // namespace perigee::use_cases
