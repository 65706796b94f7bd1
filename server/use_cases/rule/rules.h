#pragma once

#include <optional>
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
