#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cli/format.h"
#include "perigee/v1/board.pb.h"
#include "perigee/v1/program.pb.h"

namespace perigee::cli {

class Session;

// The content of a rules file, which sets up a programme. See clients/cli/rules/*.toml.
struct Plan {
  std::vector<v1::CreateAssetRequest> assets;
  std::vector<v1::CreateRuleRequest> rules;
  std::vector<v1::CreateBoardRequest> boards;
};

// A wrong file is a usage failure that names the file, the line and the error. A day begins in
// `zone`.
absl::StatusOr<Plan> ParsePlan(std::string_view file_name, std::string_view toml,
                               const ZoneSource& zone);
// The zone is that of the session's programme, or UTC, which a programme that is made here has.
absl::StatusOr<Plan> ReadPlan(Session& session, const std::string& path);

// One thing of a plan and what applying the plan did with it.
struct PlanStep {
  std::string what;  // `rule answer-accepted`
  std::string done;  // `created`, `updated`, `unchanged`
};

// Makes what is missing, and adds a version to each rule that differs. Sends nothing for what is
// equal. An existing asset with other properties is refused, because assets never change. Existing
// boards stay as they are.
// `steps` gets what was done, also before a failure.
absl::Status ApplyPlan(Session& session, const std::string& program_name, const Plan& plan,
                       std::vector<PlanStep>& steps);

// Makes the programme, with UTC days, if it does not exist yet.
absl::StatusOr<PlanStep> EnsureProgram(Session& session, const std::string& program_name,
                                       const std::string& display_name);

void PrintSteps(std::ostream& out, const std::vector<PlanStep>& steps);

}  // namespace perigee::cli
