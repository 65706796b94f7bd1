#include "server/adapters/sql/base/record_table.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/adapters/sql/base/due_repository.h"
#include "server/adapters/sql/base/row_position.h"
#include "server/core/status_macros.h"
#include "server/domain/journal/records.h"
#include "server/domain/record/wire.h"

namespace perigee::sql {
namespace {

// The columns of the key. The revision is part of the key of append-only records.
std::vector<std::string> KeyOf(const domain::RecordType& type) {
  std::vector<std::string> key = {"program"};
  if (type.append_only()) {
    key.emplace_back("revision");
  }
  for (const domain::Field& field : type.fields()) {
    if (field.key) {
      key.emplace_back(field.name);
    }
  }
  return key;
}

std::vector<std::string> ColumnsOf(const domain::RecordType& type) {
  std::vector<std::string> columns;
  for (const domain::Field& field : type.fields()) {
    columns.emplace_back(field.name);
  }
  columns.emplace_back("revision");
  return columns;
}

// $1 is the first column of the key.
std::string WhereKey(const std::vector<std::string>& key) {
  std::string where;
  for (std::size_t i = 0; i < key.size(); ++i) {
    absl::StrAppend(&where, i == 0 ? " WHERE " : " AND ", key[i], " = $", i + 1);
  }
  return where;
}

// The parameters are those of WhereKey, then the kind and the key of the due row.
std::optional<Sql> RemoveDueOf(const domain::RecordType& type,
                               const std::vector<std::string>& key) {
  const std::optional<std::size_t> due = type.due_field();
  if (!due.has_value()) {
    return std::nullopt;
  }
  return Sql::Built(absl::StrCat("DELETE FROM due WHERE program = $1 AND kind = $", key.size() + 1,
                                 " AND key = $", key.size() + 2, " AND time = (SELECT ",
                                 std::string(type.fields()[*due].name), " FROM ",
                                 std::string(type.table()), WhereKey(key), ")"));
}

// $1 is the programme, $2 the first of the columns.
Sql PutOf(const domain::RecordType& type, const std::vector<std::string>& key) {
  const std::vector<std::string> columns = ColumnsOf(type);
  std::string places = "$1";
  std::vector<std::string> sets;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    absl::StrAppend(&places, ", $", i + 2);
    if (std::ranges::find(key, columns[i]) == key.end()) {
      sets.push_back(absl::StrCat(columns[i], " = $", i + 2));
    }
  }
  std::string sql = absl::StrCat("INSERT INTO ", std::string(type.table()), " (program, ",
                                 absl::StrJoin(columns, ", "), ") VALUES (", places, ")");
  if (!type.append_only()) {
    absl::StrAppend(&sql, " ON CONFLICT (", absl::StrJoin(key, ", "), ") DO UPDATE SET ",
                    absl::StrJoin(sets, ", "));
  }
  return Sql::Built(sql);
}

Sql Select(const domain::RecordType& type, std::string_view rest) {
  return Sql::Built(absl::StrCat("SELECT ", absl::StrJoin(ColumnsOf(type), ", "), " FROM ",
                                 std::string(type.table()), std::string(rest)));
}

// The rows that $2 owns in the programme $1, by their own columns.
std::string WhereOwned(const domain::RecordType& type) {
  std::vector<std::string> owners;
  for (const domain::Field& field : type.fields()) {
    if (field.owner) {
      owners.push_back(absl::StrCat(std::string(field.name), " = $2"));
    }
  }
  return absl::StrCat(" WHERE program = $1 AND (", absl::StrJoin(owners, " OR "), ")");
}

const char* EmptyOf(const domain::Field& field) {
  if (field.nullable) {
    return " = NULL";
  }
  return field.kind == domain::FieldKind::kInt ? " = 0" : " = ''";
}

// The places of the rows that $2 owns in the programme $1, in order, after a position. If the
// records have an index of owners, the rows are found there, by their revision.
struct OwnedPlaces {
  std::vector<std::string> columns = {"revision"};
  std::vector<domain::FieldKind> kinds = {domain::FieldKind::kInt};
  std::string from;  // The table and the conditions.
  std::string rest;  // The position, the order and the limit.

  explicit OwnedPlaces(const domain::RecordType& type)
      : from(std::string(type.owner_index()) + " WHERE program = $1 AND member_key = $2") {
    if (type.owner_index().empty()) {
      columns = KeyOf(type);
      columns.erase(columns.begin());
      kinds.clear();
      for (const std::string& column : columns) {
        const auto field = std::ranges::find(type.fields(), column, &domain::Field::name);
        kinds.push_back(field == type.fields().end() ? domain::FieldKind::kInt : field->kind);
      }
      from = std::string(type.table()) + WhereOwned(type);
    }
    std::vector<std::string> places;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      places.push_back(absl::StrCat("$", i + 3));
    }
    const std::string names = absl::StrJoin(columns, ", ");
    rest = absl::StrCat(" AND (", names, ") > (", absl::StrJoin(places, ", "), ") ORDER BY ", names,
                        " LIMIT $", columns.size() + 3);
  }
};

EraseWalk WalkOwned(const domain::RecordType& type, const std::string& erase) {
  const OwnedPlaces places(type);
  const Sql next = Sql::Built(absl::StrCat("SELECT ", absl::StrJoin(places.columns, ", "), " FROM ",
                                           places.from, places.rest));
  std::vector<std::string> columns = places.columns;
  columns.insert(columns.begin(), "program");
  return {next, places.kinds, Sql::Built(erase + WhereKey(columns)), places.kinds.size()};
}

Sql OwnedOf(const domain::RecordType& type) {
  const OwnedPlaces places(type);
  if (type.owner_index().empty()) {
    return Select(type, WhereOwned(type) + places.rest);
  }
  return Select(type, absl::StrCat(" WHERE program = $1 AND revision IN (SELECT revision FROM ",
                                   places.from, places.rest, ") ORDER BY revision"));
}

std::optional<EraseWalk> EraseOf(const domain::RecordType& type) {
  if (!type.HasOwner()) {
    return std::nullopt;
  }
  if (type.IsKnownByOwner()) {
    return WalkOwned(type, "DELETE FROM " + std::string(type.table()));
  }
  std::vector<std::string> sets;
  for (const domain::Field& field : type.fields()) {
    if (field.personal) {
      sets.push_back(std::string(field.name) + EmptyOf(field));
    }
  }
  if (sets.empty()) {
    return std::nullopt;
  }
  return WalkOwned(
      type, absl::StrCat("UPDATE ", std::string(type.table()), " SET ", absl::StrJoin(sets, ", ")));
}

std::optional<Sql> AddOwnerOf(const domain::RecordType& type) {
  if (type.owner_index().empty()) {
    return std::nullopt;
  }
  return Sql::Built(absl::StrCat("INSERT INTO ", std::string(type.owner_index()),
                                 " (program, member_key, revision) VALUES ($1, $2, $3) "
                                 "ON CONFLICT (program, member_key, revision) DO NOTHING"));
}

}  // namespace

void FieldValues::Bytes(std::string_view bytes) {
  const bool text = type_.fields()[values_.size()].kind == domain::FieldKind::kText;
  values_.push_back(text ? Value(bytes) : Value::Blob(bytes));
}

const RecordTable& RecordTable::Of(const domain::RecordType& type) {
  static const auto kTables = [] {
    std::map<const domain::RecordType*, std::unique_ptr<const RecordTable>> tables;
    for (const domain::RecordType* known : domain::AllRecords()) {
      tables.emplace(known, std::make_unique<const RecordTable>(*known));
    }
    return tables;
  }();
  return *kTables.at(&type);
}

RecordTable::RecordTable(const domain::RecordType& type)
    : type_(type),
      key_(KeyOf(type)),
      put_(PutOf(type, key_)),
      delete_(Sql::Built(absl::StrCat("DELETE FROM ", std::string(type.table()), WhereKey(key_)))),
      find_(Select(type, WhereKey(key_))),
      list_(Select(type, absl::StrCat(" WHERE program = $1 ORDER BY ", absl::StrJoin(key_, ", ")))),
      count_(Sql::Built(
          absl::StrCat("SELECT COUNT(*) FROM ", std::string(type.table()), " WHERE program = $1"))),
      erase_(EraseOf(type)),
      add_owner_(AddOwnerOf(type)),
      remove_due_(RemoveDueOf(type, key_)) {
  if (type.HasOwner()) {
    owned_ = OwnedOf(type);
    owned_position_ = OwnedPlaces(type).kinds;
  }
}

std::string RecordTable::Columns(std::string_view prefix) const {
  return absl::StrJoin(ColumnsOf(type_), ", ", [&](std::string* out, const std::string& column) {
    out->append(prefix).append(column);
  });
}

bool RecordTable::ReadInto(const Row& row, int from, void* record) const {
  RowSource source(row, from);
  return type_.Read(source, row.Int(from + column_count() - 1), record);
}

std::shared_ptr<void> RecordTable::Read(const Row& row, int from) const {
  std::shared_ptr<void> record = type_.Make();
  return ReadInto(row, from, record.get()) ? record : nullptr;
}

absl::Status RecordTable::Put(Connection& connection, const std::string& program,
                              const void* record) const {
  PERIGEE_RETURN_IF_ERROR(RemoveDue(connection, program, record));
  FieldValues fields(type_);
  type_.Write(record, fields);
  absl::InlinedVector<Value, 24> values = {program};
  values.insert(values.end(), fields.begin(), fields.end());
  values.emplace_back(type_.RevisionOf(record));
  PERIGEE_RETURN_IF_ERROR(connection.Execute(put_, values));
  if (remove_due_.has_value()) {
    if (const std::optional<ports::Due> due = DueOf(program, record)) {
      PERIGEE_RETURN_IF_ERROR(DueRepository(connection).Put(*due));
    }
  }
  for (std::size_t i = 0; add_owner_.has_value() && i < type_.fields().size(); ++i) {
    const Value& value = fields.begin()[i];
    if (type_.fields()[i].owner && !value.bytes().empty()) {
      PERIGEE_RETURN_IF_ERROR(
          connection.Execute(*add_owner_, {program, value, type_.RevisionOf(record)}));
    }
  }
  return absl::OkStatus();
}

absl::Status RecordTable::RemoveDue(Connection& connection, const std::string& program,
                                    const void* record) const {
  if (!remove_due_.has_value()) {
    return absl::OkStatus();
  }
  FieldValues fields(type_);
  type_.Write(record, fields);
  std::vector<Value> values = KeyValues(program, record, fields);
  const std::string key = KeyBytes(record);
  values.emplace_back(static_cast<int>(ports::DueKindOf(type_)));
  values.push_back(Value::Blob(key));
  return connection.Execute(*remove_due_, values);
}

std::optional<ports::Due> RecordTable::DueOf(const std::string& program, const void* record) const {
  const std::optional<std::size_t> due = type_.due_field();
  if (!due.has_value()) {
    return std::nullopt;
  }
  FieldValues fields(type_);
  type_.Write(record, fields);
  const Value& time = fields.begin()[*due];
  if (time.kind() == Value::Kind::kNull) {
    return std::nullopt;
  }
  return ports::Due{FromMicros(time.as_int()), program, ports::DueKindOf(type_), KeyBytes(record)};
}

std::vector<Value> RecordTable::KeyValues(const std::string& program, const void* record,
                                          const FieldValues& values) const {
  std::vector<Value> key = {program};
  if (type_.append_only()) {
    key.emplace_back(type_.RevisionOf(record));
  }
  for (std::size_t i = 0; i < type_.fields().size(); ++i) {
    if (type_.fields()[i].key) {
      key.push_back(values.begin()[i]);
    }
  }
  return key;
}

absl::Status RecordTable::Delete(Connection& connection, const std::string& program,
                                 const void* record) const {
  PERIGEE_RETURN_IF_ERROR(RemoveDue(connection, program, record));
  FieldValues fields(type_);
  type_.Write(record, fields);
  return connection.Execute(delete_, KeyValues(program, record, fields));
}

absl::StatusOr<std::shared_ptr<void>> RecordTable::Find(Connection& connection,
                                                        const std::string& program,
                                                        const void* record) const {
  FieldValues fields(type_);
  type_.Write(record, fields);
  std::shared_ptr<void> found;
  PERIGEE_RETURN_IF_ERROR(connection.Query(find_, KeyValues(program, record, fields),
                                           [&](const Row& row) { found = Read(row); }));
  return found;
}

absl::Status RecordTable::Ask(
    Connection& connection, const std::string& program, std::span<const void* const> records,
    std::function<void(std::size_t record, std::shared_ptr<void> found)> visit) const {
  std::deque<FieldValues> fields;  // Holds the bytes that the values point to.
  std::vector<Value> values;
  for (const void* record : records) {
    type_.Write(record, fields.emplace_back(type_));
    const std::vector<Value> key = KeyValues(program, record, fields.back());
    values.insert(values.end(), key.begin(), key.end());
  }
  return connection.Ask(
      find_, values, key_.size(),
      [this, visit = std::move(visit)](std::size_t run, const Row& row) { visit(run, Read(row)); });
}

absl::Status RecordTable::ForEach(
    Connection& connection, const std::string& program,
    absl::FunctionRef<void(std::shared_ptr<void> record)> visit) const {
  return connection.Query(list_, {program}, [&](const Row& row) { visit(Read(row)); });
}

absl::Status RecordTable::ListOwned(
    Connection& connection, const std::string& program, const domain::MemberKey& owner,
    const void* after, int limit,
    absl::FunctionRef<void(std::shared_ptr<void> record)> visit) const {
  if (!owned_.has_value()) {
    return absl::OkStatus();
  }
  const RowPosition beginning = Beginning(owned_position_);
  FieldValues fields(type_);
  std::vector<Value> values = {program, owner};
  if (after == nullptr) {
    AddValues(beginning, owned_position_, 0, values);
  } else {
    type_.Write(after, fields);
    const std::vector<Value> key = KeyValues(program, after, fields);
    values.insert(values.end(), key.begin() + 1, key.end());
  }
  values.emplace_back(limit);
  return connection.Query(*owned_, values, [&](const Row& row) { visit(Read(row)); });
}

absl::StatusOr<std::int64_t> RecordTable::Count(Connection& connection,
                                                const std::string& program) const {
  std::int64_t count = 0;
  PERIGEE_RETURN_IF_ERROR(
      connection.Query(count_, {program}, [&](const Row& row) { count = row.Int(0); }));
  return count;
}

std::string RecordTable::KeyBytes(const void* record) const {
  std::string bytes = domain::EncodeRecord(type_, record, domain::WireSink::Part::kKey);
  if (type_.append_only()) {
    domain::AppendSized(absl::StrCat(type_.RevisionOf(record)), bytes);
  }
  return bytes;
}

std::string RecordTable::NameOf(const void* record) const {
  FieldValues fields(type_);
  type_.Write(record, fields);
  std::string name(type_.table());
  const std::vector<Value> key = KeyValues({}, record, fields);
  for (std::size_t i = 1; i < key.size(); ++i) {
    absl::StrAppend(&name, " ");
    if (key[i].kind() == Value::Kind::kInt) {
      absl::StrAppend(&name, key[i].as_int());
    } else if (key[i].kind() == Value::Kind::kBlob) {
      absl::StrAppend(&name, absl::BytesToHexString(
                                 absl::string_view(key[i].bytes().data(), key[i].bytes().size())));
    } else {
      name.append(key[i].bytes());
    }
  }
  return name;
}

}  // namespace perigee::sql
