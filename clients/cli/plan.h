#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "perigee/v1/board.pb.h"
#include "perigee/v1/program.pb.h"

namespace perigee::cli {

class Session;

// What a programme is set up with: the content of a rules file. See clients/cli/rules/*.toml.
struct Plan {
  std::vector<v1::CreateAssetRequest> assets;
  std::vector<v1::CreateRuleRequest> rules;
  std::vector<v1::CreateBoardRequest> boards;
};

// A usage failure that names file, line and what is wrong.
absl::StatusOr<Plan> ParsePlan(std::string_view file_name, std::string_view toml);
absl::StatusOr<Plan> ReadPlan(const std::string& path);

// One thing that applying a plan did or left alone.
struct PlanStep {
  std::string what;  // `rule answer-accepted`
  std::string done;  // `created`, `updated`, `unchanged`
};

// Makes what is missing and gives rules that differ a new version; sends nothing for what is equal.
// An asset that is there with other properties is refused: assets never change. Boards that are
// there are left as they are.
absl::StatusOr<std::vector<PlanStep>> ApplyPlan(Session& session, const std::string& program_name,
                                                const Plan& plan);

// Makes the programme if it is not there yet, with UTC days.
absl::StatusOr<PlanStep> EnsureProgram(Session& session, const std::string& program_name,
                                       const std::string& display_name);

void PrintSteps(std::ostream& out, const std::vector<PlanStep>& steps);

}  // namespace perigee::cli
