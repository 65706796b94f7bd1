#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/seal.h"
#include "server/domain/program/program.h"
#include "server/domain/rule/rules.h"
#include "server/ports/program/program_reader.h"

namespace perigee::sql {

class Connection;

class ProgramRepository : public ports::ProgramReader {
 public:
  explicit ProgramRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::optional<domain::Program>> Find(const std::string& program) override;
  absl::StatusOr<bool> IsBeingDeleted(const std::string& program) override;
  absl::StatusOr<std::vector<domain::Program>> List(const std::string& after, int limit) override;
  absl::StatusOr<std::vector<domain::Asset>> Assets(const std::string& program) override;
  absl::StatusOr<std::optional<domain::Asset>> FindAsset(const std::string& program,
                                                         const std::string& asset);
  absl::StatusOr<std::vector<domain::Rule>> Rules(const std::string& program) override;
  absl::StatusOr<SealKey> Secret(const std::string& program, std::string_view purpose) override;
  absl::StatusOr<std::vector<ports::InsightCount>> CountInsight(
      const std::string& program, const ports::InsightQuery& query) override;

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
