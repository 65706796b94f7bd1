#include "server/adapters/sql/base/sql_record_reader.h"

#include <deque>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/adapters/sql/base/record_table.h"
#include "server/core/check.h"
#include "server/core/status_macros.h"

namespace perigee::sql {

absl::StatusOr<std::shared_ptr<void>> SqlRecordReader::FindAny(const std::string& program,
                                                               const domain::RecordType& type,
                                                               const void* like) {
  return RecordTable::Of(type).Find(connection_, program, like);
}

absl::Status SqlRecordReader::ListAny(const std::string& program, const domain::RecordType& type,
                                      const std::vector<ports::FieldIs>& filter, const void* after,
                                      int limit, absl::FunctionRef<void(void* record)> visit) {
  const RecordTable& table = RecordTable::Of(type);
  std::string sql = absl::StrCat("SELECT ", table.Columns("t"), " FROM ", table.From("t"),
                                 " WHERE t.program = $1");
  std::vector<Value> values = {program};
  std::deque<std::string> sought;  // Holds the bytes that the values point to.
  for (const ports::FieldIs& is : filter) {
    const domain::Field& field = table.field(is.field);
    if (const auto* number = std::get_if<std::int64_t>(&is.value)) {
      values.emplace_back(*number);
    } else {
      const std::string& bytes =
          sought.emplace_back(table.Sought(field, std::get<std::string>(is.value)));
      const bool text = field.kind == domain::FieldKind::kText && !field.findable;
      values.push_back(text ? Value(bytes) : Value::Blob(bytes));
    }
    absl::StrAppend(&sql, " AND ", table.Is("t", field, values.size()));
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
    absl::StrAppend(&sql, " AND (t.",
                    absl::StrJoin(table.key().begin() + 1, table.key().end(), ", t."), ") > (",
                    absl::StrJoin(places, ", "), ")");
  }
  values.emplace_back(limit);
  absl::StrAppend(&sql, " ORDER BY t.", absl::StrJoin(table.key(), ", t."), " LIMIT $",
                  values.size());
  return connection_.Query(Sql::Built(sql), values, [&](const Row& row) {
    if (const std::shared_ptr<void> record = table.Read(row)) {
      visit(record.get());
    } else {
      row.Fail();
    }
  });
}

absl::Status SqlRecordReader::ListOwned(
    const std::string& program, const domain::MemberKey& owner, const domain::RecordType& type,
    const void* after, int limit, absl::FunctionRef<void(std::shared_ptr<void> record)> visit) {
  return RecordTable::Of(type).ListOwned(connection_, program, owner, after, limit, visit);
}

}  // namespace perigee::sql
