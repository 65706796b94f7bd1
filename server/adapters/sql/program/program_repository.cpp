#include "server/adapters/sql/program/program_repository.h"

#include <string_view>

#include "server/adapters/sql/base/record_table.h"
#include "server/adapters/sql/base/text_keys.h"
#include "server/adapters/sql/program/deletion.h"
#include "server/adapters/sql/program/insight_counts.h"
#include "server/core/error.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

template <class R>
std::string Select(std::string_view rest) {
  const RecordTable& table = RecordTable::Of(domain::TypeOf<R>());
  return "SELECT " + table.Columns() + ", program FROM " + std::string(table.type().table()) +
         std::string(rest);
}

domain::Program ReadProgram(const Row& row) {
  auto program = ReadRecord<domain::Program>(row);
  program.id = row.Text(RecordTable::Of(domain::TypeOf<domain::Program>()).column_count());
  return program;
}

}  // namespace

absl::StatusOr<std::optional<domain::Program>> ProgramRepository::Find(const std::string& program) {
  static const Sql kSql = Sql::Built(Select<domain::Program>(" WHERE program = $1"));
  std::optional<domain::Program> found;
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query(kSql, {program}, [&](const Row& row) { found = ReadProgram(row); }));
  return found;
}

absl::StatusOr<bool> ProgramRepository::IsBeingDeleted(const std::string& program) {
  return Deletion(connection_).IsUnended(program);
}

absl::StatusOr<std::vector<domain::Program>> ProgramRepository::List(const std::string& after,
                                                                     int limit) {
  static const Sql kSql =
      Sql::Built(Select<domain::Program>(" WHERE program > $1 ORDER BY program LIMIT $2"));
  std::vector<domain::Program> programs;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      kSql, {after, limit}, [&](const Row& row) { programs.push_back(ReadProgram(row)); }));
  return programs;
}

absl::StatusOr<std::vector<domain::Asset>> ProgramRepository::Assets(const std::string& program) {
  static const Sql kSql = Sql::Built(Select<domain::Asset>(" WHERE program = $1 ORDER BY id"));
  std::vector<domain::Asset> assets;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      kSql, {program}, [&](const Row& row) { assets.push_back(ReadRecord<domain::Asset>(row)); }));
  return assets;
}

absl::StatusOr<std::optional<domain::Asset>> ProgramRepository::FindAsset(
    const std::string& program, const std::string& asset) {
  static const Sql kSql = Sql::Built(Select<domain::Asset>(" WHERE program = $1 AND id = $2"));
  std::optional<domain::Asset> found;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      kSql, {program, asset}, [&](const Row& row) { found = ReadRecord<domain::Asset>(row); }));
  return found;
}

absl::StatusOr<std::vector<domain::Rule>> ProgramRepository::Rules(const std::string& program) {
  static const Sql kSql =
      Sql::Built(Select<domain::Rule>(" WHERE program = $1 ORDER BY id, version"));
  std::vector<domain::Rule> rules;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      kSql, {program}, [&](const Row& row) { rules.push_back(ReadRecord<domain::Rule>(row)); }));
  return rules;
}

absl::StatusOr<SealKey> ProgramRepository::Secret(const std::string& program,
                                                  std::string_view purpose) {
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<TextKey> known,
                           TextKeyRepository(connection_).Find(program, domain::MemberKey{}));
  const std::optional<SealKey> key = known.has_value() ? known->key() : std::nullopt;
  if (!key.has_value()) {
    return Error(Reason::kInternal, "programme " + program + " has no key");
  }
  const std::string_view bytes(reinterpret_cast<const char*>(key->data()), key->size());
  return HmacSha256(bytes, std::string("perigee secret ").append(purpose));
}

absl::StatusOr<std::vector<ports::InsightCount>> ProgramRepository::CountInsight(
    const std::string& program, const ports::InsightQuery& query) {
  return InsightCounts(connection_, program, query);
}

}  // namespace perigee::sql
