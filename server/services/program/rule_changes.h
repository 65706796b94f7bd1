#pragma once

#include "absl/status/statusor.h"
#include "perigee/v1/program.pb.h"
#include "server/services/call.h"

namespace perigee::services {

// The parts of ProgramAdminService that handle rules. Each parses a request. kInvalidField if it is
// malformed.
absl::StatusOr<Change> ChangeToCreateRule(const CallContext&, const v1::CreateRuleRequest& request);
absl::StatusOr<Change> ChangeToUpdateRule(const CallContext&, const v1::UpdateRuleRequest& request);
absl::StatusOr<Change> ChangeToSetRules(const CallContext&, const v1::SetRulesRequest& request);

}  // namespace perigee::services
