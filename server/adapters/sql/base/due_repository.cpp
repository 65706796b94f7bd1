#include "server/adapters/sql/base/due_repository.h"

#include <cstddef>
#include <utility>

#include "server/adapters/sql/base/driver.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

ports::Due ReadDue(const Row& row) {
  return {row.At(0), row.Text(1), static_cast<ports::DueKind>(row.Int(2)), row.Text(3)};
}

int Number(ports::DueKind kind) { return static_cast<int>(kind); }

}  // namespace

absl::StatusOr<std::vector<ports::Due>> DueRepository::List(const ports::Due& after, int limit) {
  std::vector<ports::Due> list;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT time, program, kind, key FROM due WHERE (time, program, kind, key) > ($1, $2, $3, $4)"
      " ORDER BY time, program, kind, key LIMIT $5",
      {after.time, after.program, Number(after.kind), Value::Blob(after.key), limit},
      [&](const Row& row) { list.push_back(ReadDue(row)); }));
  return list;
}

absl::StatusOr<std::vector<ports::Due>> DueRepository::First(const std::string& program,
                                                             ports::DueKind kind, int limit) {
  std::vector<ports::Due> list;
  // The bound on the kind is that of the index.
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT time, program, kind, key FROM due WHERE program = $1 AND kind = $2 AND kind > 1000 "
      "ORDER BY time LIMIT $3",
      {program, Number(kind), limit}, [&](const Row& row) { list.push_back(ReadDue(row)); }));
  return list;
}

absl::StatusOr<std::vector<ports::Due>> DueRepository::StillDue(std::span<const ports::Due> due) {
  constexpr std::size_t kWidth = 4;
  std::vector<Value> values;
  values.reserve(kWidth * due.size());
  for (const ports::Due& one : due) {
    values.insert(values.end(), {one.time, one.program, Number(one.kind), Value::Blob(one.key)});
  }
  std::vector<ports::Due> still_due;
  PERIGEE_RETURN_IF_ERROR(connection_.QueryMany(
      "SELECT 1 FROM due WHERE time = $1 AND program = $2 AND kind = $3 AND key = $4", values,
      kWidth, [&](std::size_t run, const Row&) { still_due.push_back(due[run]); }));
  return still_due;
}

absl::StatusOr<std::vector<ports::Due>> DueRepository::OfProgram(const std::string& program) {
  std::vector<ports::Due> list;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT time, program, kind, key FROM due WHERE program = $1 ORDER BY time, kind, key",
      {program}, [&](const Row& row) { list.push_back(ReadDue(row)); }));
  return list;
}

absl::Status DueRepository::Put(const ports::Due& due) {
  return connection_.Execute(
      "INSERT INTO due (time, program, kind, key) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
      {due.time, due.program, Number(due.kind), Value::Blob(due.key)});
}

absl::Status DueRepository::Remove(const ports::Due& due) {
  return connection_.Execute(
      "DELETE FROM due WHERE time = $1 AND program = $2 AND kind = $3 AND key = $4",
      {due.time, due.program, Number(due.kind), Value::Blob(due.key)});
}

}  // namespace perigee::sql
