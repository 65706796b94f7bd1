#include "server/adapters/sql/base/sql_record_reader.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/adapters/sql/base/record_table.h"
#include "server/core/check.h"

namespace perigee::sql {
namespace {

Value ValueOf(const domain::RecordType& type, const ports::FieldIs& is) {
  const auto field = std::ranges::find(type.fields(), is.field, &domain::Field::name);
  PERIGEE_CHECK(field != type.fields().end(), "a list is asked for by a field that is not there");
  if (const auto* number = std::get_if<std::int64_t>(&is.value)) {
    return Value(*number);
  }
  const std::string& bytes = std::get<std::string>(is.value);
  return field->kind == domain::FieldKind::kText ? Value(bytes) : Value::Blob(bytes);
}

}  // namespace

absl::StatusOr<std::shared_ptr<void>> SqlRecordReader::FindAny(const std::string& program,
                                                               const domain::RecordType& type,
                                                               const void* like) {
  return RecordTable::Of(type).Find(connection_, program, like);
}

absl::Status SqlRecordReader::ListAny(const std::string& program, const domain::RecordType& type,
                                      const std::vector<ports::FieldIs>& filter, const void* after,
                                      int limit, absl::FunctionRef<void(void* record)> visit) {
  const RecordTable& table = RecordTable::Of(type);
  std::string sql = absl::StrCat("SELECT ", table.Columns(), " FROM ", std::string(type.table()),
                                 " WHERE program = $1");
  std::vector<Value> values = {program};
  for (const ports::FieldIs& is : filter) {
    values.push_back(ValueOf(type, is));
    absl::StrAppend(&sql, " AND ", std::string(is.field), " = $", values.size());
  }
  FieldValues fields(type);
  if (after != nullptr) {
    std::vector<std::string> places;
    type.Write(after, fields);
    const std::vector<Value> key = table.KeyValues(program, after, fields);
    for (std::size_t i = 1; i < key.size(); ++i) {
      values.push_back(key[i]);
      places.push_back(absl::StrCat("$", values.size()));
    }
    absl::StrAppend(&sql, " AND (", absl::StrJoin(table.key().begin() + 1, table.key().end(), ", "),
                    ") > (", absl::StrJoin(places, ", "), ")");
  }
  values.emplace_back(limit);
  absl::StrAppend(&sql, " ORDER BY ", absl::StrJoin(table.key(), ", "), " LIMIT $", values.size());
  return connection_.Query(Sql::Built(sql), values,
                           [&](const Row& row) { visit(table.Read(row).get()); });
}

absl::Status SqlRecordReader::ListOwned(
    const std::string& program, const domain::MemberKey& owner, const domain::RecordType& type,
    const void* after, int limit, absl::FunctionRef<void(std::shared_ptr<void> record)> visit) {
  return RecordTable::Of(type).ListOwned(connection_, program, owner, after, limit, visit);
}

}  // namespace perigee::sql
