#include "server/adapters/sql/program/program_repository.h"

#include <utility>

#include "server/adapters/sql/journal/journal_codec.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

domain::Program ReadProgram(const Row& row) {
  domain::Program program;
  program.id = row.Text(0);
  program.display_name = row.Text(1);
  program.time_zone = row.Text(2);
  program.create_time = row.At(3);
  program.update_time = row.At(4);
  program.revision = row.Int(5);
  return program;
}

domain::Asset ReadAsset(const Row& row) {
  domain::Asset asset;
  asset.id = row.Text(0);
  asset.display_name = row.Text(1);
  asset.decimals = row.Small(2);
  asset.spendable = row.Flag(3);
  asset.overdraft = row.Flag(4);
  asset.lot_lifetime_months = row.Small(5);
  asset.create_time = row.At(6);
  asset.revision = row.Int(7);
  return asset;
}

}  // namespace

absl::StatusOr<std::optional<domain::Program>> ProgramRepository::Find(const std::string& program) {
  std::optional<domain::Program> found;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT id, display_name, time_zone, create_time, update_time, revision FROM program "
      "WHERE id = $1",
      {program}, [&](const Row& row) { found = ReadProgram(row); }));
  return found;
}

absl::StatusOr<std::vector<domain::Program>> ProgramRepository::List(const std::string& after,
                                                                     int limit) {
  std::vector<domain::Program> programs;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT id, display_name, time_zone, create_time, update_time, revision FROM program "
      "WHERE id > $1 ORDER BY id LIMIT $2",
      {after, limit}, [&](const Row& row) { programs.push_back(ReadProgram(row)); }));
  return programs;
}

absl::StatusOr<std::vector<domain::Asset>> ProgramRepository::Assets(const std::string& program) {
  std::vector<domain::Asset> assets;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT id, display_name, decimals, spendable, overdraft, lot_lifetime_months, create_time, "
      "revision FROM asset WHERE program = $1 ORDER BY id",
      {program}, [&](const Row& row) { assets.push_back(ReadAsset(row)); }));
  return assets;
}

absl::StatusOr<std::optional<domain::Asset>> ProgramRepository::FindAsset(
    const std::string& program, const std::string& asset) {
  std::optional<domain::Asset> found;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT id, display_name, decimals, spendable, overdraft, lot_lifetime_months, create_time, "
      "revision FROM asset WHERE program = $1 AND id = $2",
      {program, asset}, [&](const Row& row) { found = ReadAsset(row); }));
  return found;
}

absl::StatusOr<std::vector<domain::Rule>> ProgramRepository::Rules(const std::string& program) {
  std::vector<domain::Rule> rules;
  absl::Status decoded;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT definition, revision, id, version FROM rule WHERE program = $1 ORDER BY id, version",
      {program}, [&](const Row& row) {
        absl::StatusOr<domain::Rule> rule = DecodeRule(row.Bytes(0), row.Int(1));
        if (rule.ok()) {
          rule->id = row.Text(2);
          rule->version = row.Small(3);
          rules.push_back(*std::move(rule));
        } else {
          decoded = rule.status();
        }
      }));
  PERIGEE_RETURN_IF_ERROR(decoded);
  return rules;
}

absl::Status ProgramRepository::Put(const domain::Program& program) {
  return connection_.Execute(
      "INSERT INTO program (id, display_name, time_zone, create_time, update_time, revision, "
      "head_revision, head_time, head_hash, activities, thanks) "
      "VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, 0, 0) "
      "ON CONFLICT (id) DO UPDATE SET display_name = $2, update_time = $5, revision = $6",
      {program.id, program.display_name, program.time_zone, program.create_time,
       program.update_time, program.revision, Value::Blob("")});
}

absl::Status ProgramRepository::Add(const std::string& program, const domain::Asset& asset) {
  return connection_.Execute(
      "INSERT INTO asset (program, id, display_name, decimals, spendable, overdraft, "
      "lot_lifetime_months, create_time, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      {program, asset.id, asset.display_name, asset.decimals, asset.spendable, asset.overdraft,
       asset.lot_lifetime_months, asset.create_time, asset.revision});
}

absl::Status ProgramRepository::Add(const std::string& program, const domain::Rule& rule) {
  return connection_.Execute(
      "INSERT INTO rule (program, id, version, revision, definition) VALUES ($1, $2, $3, $4, $5)",
      {program, rule.id, rule.version, rule.revision, Value::Blob(EncodeRule(rule))});
}

}  // namespace perigee::sql
