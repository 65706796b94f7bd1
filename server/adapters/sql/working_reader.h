#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/adapters/sql/sql_reader.h"
#include "server/adapters/sql/working_set.h"

namespace perigee::sql {

// What decisions read within the writer's transaction: the working set, and what that does not know
// from the tables, as they will be when the transaction is written.
class WorkingReader final : public SqlReader {
 public:
  WorkingReader(Connection& connection, WorkingSet& set) : SqlReader(connection), set_(set) {}

  absl::StatusOr<domain::Revision> Head(const std::string& program) override;
  absl::StatusOr<std::optional<domain::Program>> FindProgram(const std::string& program) override;
  absl::StatusOr<std::vector<domain::Asset>> Assets(const std::string& program) override;
  absl::StatusOr<std::vector<domain::Rule>> Rules(const std::string& program) override;
  absl::StatusOr<std::optional<domain::Member>> FindMember(const std::string& program,
                                                           const std::string& member_id) override;
  absl::StatusOr<std::vector<domain::Member>> FindMembers(
      const std::string& program, std::span<const domain::MemberKey> keys) override;
  absl::StatusOr<std::optional<domain::Activity>> FindActivityBySource(
      const std::string& program, const std::string& source,
      const std::string& source_event_id) override;
  domain::LedgerBooks& Books(const std::string& program) override;
  absl::StatusOr<std::vector<domain::Account>> MemberAccounts(
      const std::string& program, const domain::MemberKey& member) override;
  absl::StatusOr<std::optional<domain::Account>> AccountAsOf(const std::string& program,
                                                             const domain::AccountRef& ref,
                                                             domain::Revision revision,
                                                             Time time) override;
  absl::StatusOr<std::vector<ports::AssetTotals>> TotalAssets(const std::string& program) override;
  absl::StatusOr<ports::ActivityCounts> CountActivity(const std::string& program,
                                                      Time since) override;

 private:
  WorkingSet& set_;
  std::map<std::string, std::unique_ptr<domain::LedgerBooks>> books_;
};

}  // namespace perigee::sql
