#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "perigee/v1/program.pb.h"
#include "server/domain/rule/rules.h"
#include "server/services/call.h"

namespace perigee::services {

// How rules are made and changed: the parts of ProgramAdminService that know what a rule is. Each
// parses, refusing with kInvalidField, and answers with the decision.
absl::StatusOr<Change> ChangeToCreateRule(const v1::CreateRuleRequest& request);
absl::StatusOr<Change> ChangeToUpdateRule(const v1::UpdateRuleRequest& request);

// The newest version of each of the programme's rules, by id.
absl::StatusOr<std::vector<domain::Rule>> NewestRules(ports::StoreReader& reader,
                                                      const std::string& program);
// All versions of one rule, oldest first; kNotFound if there is no such rule.
absl::StatusOr<std::vector<domain::Rule>> RuleVersions(ports::StoreReader& reader,
                                                       const std::string& program,
                                                       const std::string& rule);

}  // namespace perigee::services
