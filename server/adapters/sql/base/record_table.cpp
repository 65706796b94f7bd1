#include "server/adapters/sql/base/record_table.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <mutex>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/adapters/sql/base/due_repository.h"
#include "server/adapters/sql/base/row_position.h"
#include "server/core/check.h"
#include "server/core/seal.h"
#include "server/core/status_macros.h"
#include "server/domain/journal/records.h"
#include "server/domain/record/wire.h"

namespace perigee::sql {
namespace {

// The values of the owner fields, in order.
std::vector<domain::MemberKey> OwnersIn(const domain::RecordType& type, const FieldValues& values) {
  std::vector<domain::MemberKey> owners;
  for (std::size_t i = 0; i < type.fields().size(); ++i) {
    if (type.fields()[i].owner) {
      owners.push_back(Uuid::FromRaw(values.begin()[i].bytes()));
    }
  }
  return owners;
}

Value BlobOrNull(const std::optional<std::string>& bytes) {
  return bytes.has_value() ? Value::Blob(*bytes) : Value(nullptr);
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
      key_(KeyColumnsOf(type)),
      sealed_columns_(SealedColumnsOf(type)),
      revision_at_(static_cast<int>(FieldColumnsOf(type).size()) - 1),
      column_count_(revision_at_ + 1 + static_cast<int>(KeyTablesOf(type, "t").size()) +
                    (type.IsSealed() ? 1 : 0)),
      put_(PutOf(type, key_)),
      delete_(
          Sql::Built(absl::StrCat("DELETE FROM ", std::string(type.table()), WhereKey(key_, "")))),
      find_(Select(WhereKey(key_, "t"))),
      list_(Select(absl::StrCat(" WHERE t.program = $1 ORDER BY ", KeyList(key_)))),
      count_(Sql::Built(
          absl::StrCat("SELECT COUNT(*) FROM ", std::string(type.table()), " WHERE program = $1"))),
      erase_(EraseOf(type)),
      add_owner_(AddOwnerOf(type)),
      remove_due_(RemoveDueOf(type, key_)) {
  if (type.HasOwner()) {
    const OwnedPlaces places(type);
    owned_ = type.owner_index().empty()
                 ? Select(places.where + places.rest)
                 : Select(absl::StrCat(" WHERE t.program = $1 AND t.revision IN (SELECT t.revision "
                                       "FROM ",
                                       places.table, " t", places.where, places.rest,
                                       ") ORDER BY t.revision"));
    owned_position_ = places.kinds;
  }
  if (sealed_columns_.size() > 1) {
    std::string where = WhereKey(key_, "");
    for (std::size_t i = 1; i < sealed_columns_.size(); ++i) {
      absl::StrAppend(&where, " AND ", sealed_columns_[i], " IS NOT DISTINCT FROM $",
                      key_.size() + i);
    }
    indexed_ = Sql::Built(absl::StrCat("SELECT 1 FROM ", std::string(type.table()), where));
  }
}

Sql RecordTable::Select(std::string_view rest) const {
  return Sql::Built(absl::StrCat("SELECT ", Columns("t"), " FROM ", From("t"), std::string(rest)));
}

std::string RecordTable::Columns(std::string_view row) const {
  std::vector<std::string> columns = FieldColumnsOf(type_);
  if (type_.IsSealed()) {
    columns.emplace_back("sealed");
  }
  if (!row.empty()) {
    for (std::string& column : columns) {
      column = absl::StrCat(std::string(row), ".", column);
    }
  }
  for (const auto& [table, owner] : KeyTablesOf(type_, row)) {
    columns.push_back(KeyColumn(table));
  }
  return absl::StrJoin(columns, ", ");
}

std::string RecordTable::Joins(std::string_view row) const {
  std::string joins;
  for (const auto& [table, owner] : KeyTablesOf(type_, row)) {
    joins += KeyJoin(table, row, owner);
  }
  return joins;
}

std::string RecordTable::From(std::string_view row) const {
  return absl::StrCat(std::string(type_.table()), " ", std::string(row), Joins(row));
}

const domain::Field& RecordTable::field(std::string_view name) const {
  const auto found = std::ranges::find(type_.fields(), name, &domain::Field::name);
  PERIGEE_CHECK(found != type_.fields().end(),
                "a record is asked for by a field that is not there");
  return *found;
}

std::string RecordTable::Is(std::string_view row, const domain::Field& field,
                            std::size_t place) const {
  PERIGEE_CHECK(field.findable || !IsSealed(type_, field),
                "a record is asked for by a text that is sealed");
  const std::string column = absl::StrCat(std::string(row), ".", std::string(field.name));
  return field.findable ? absl::StrCat(column, "_index = ", IndexAt(place))
                        : absl::StrCat(column, " = $", place);
}

std::string RecordTable::Sought(const domain::Field& field, std::string_view bytes) const {
  return field.findable ? Indexed(type_.table(), field.name, bytes) : std::string(bytes);
}

bool RecordTable::ReadInto(const Row& row, int from, void* record) const {
  RowSource source(type_, row, from);
  const int revision = from + revision_at_;
  if (!type_.Read(source, row.Int(revision), record)) {
    return false;
  }
  if (!type_.IsSealed() || row.IsNull(revision + 1)) {
    return true;
  }
  FieldValues fields(type_);
  type_.Write(record, fields);
  const std::optional<std::string> text =
      OpenInRow(row, revision + 1, OwnersIn(type_, fields), ContextOf(record));
  if (!text.has_value()) {
    return false;
  }
  domain::WireSource personal(type_.fields());
  return personal.Parse(*text) && type_.ReadPersonal(personal, record);
}

std::shared_ptr<void> RecordTable::Read(const Row& row, int from) const {
  std::shared_ptr<void> record = type_.Make();
  return ReadInto(row, from, record.get()) ? record : nullptr;
}

// Binds a sealed text to its row.
std::string RecordTable::ContextOf(const void* record) const {
  return absl::StrCat("row/", std::string(type_.table()), "/", KeyBytes(record));
}

RecordTable::Sealed RecordTable::SealedOf(const void* record, const FieldValues& fields,
                                          const TextKeys& keys) const {
  Sealed sealed;
  const std::optional<SealKey> key = JointKey(OwnersIn(type_, fields), keys);
  const std::string text = domain::EncodeRecord(type_, record, domain::WireSink::Part::kPersonal);
  if (key.has_value() && !text.empty()) {
    sealed.text = Seal(*key, ContextOf(record), text);
  }
  for (std::size_t i = 0; i < type_.fields().size(); ++i) {
    const domain::Field& field = type_.fields()[i];
    if (!field.findable) {
      continue;
    }
    std::optional<std::string>& index = sealed.indexes.emplace_back();
    const std::string_view found_by = fields.begin()[i].bytes();
    if (key.has_value() && !found_by.empty()) {
      const auto of_program = keys.find({});
      PERIGEE_CHECK(of_program != keys.end(),
                    "a record must be found, but the programme has no key");
      index = IndexOf(of_program->second, Sought(field, found_by));
    }
  }
  return sealed;
}

absl::Status RecordTable::Put(Connection& connection, const std::string& program,
                              const void* record, const TextKeys& keys) const {
  PERIGEE_RETURN_IF_ERROR(RemoveDue(connection, program, record));
  FieldValues fields(type_);
  type_.Write(record, fields);
  absl::InlinedVector<Value, 24> values = {program};
  for (std::size_t i = 0; i < type_.fields().size(); ++i) {
    if (!IsSealed(type_, type_.fields()[i])) {
      values.push_back(fields.begin()[i]);
    }
  }
  values.emplace_back(type_.RevisionOf(record));
  Sealed sealed;
  if (type_.IsSealed()) {
    sealed = SealedOf(record, fields, keys);
    values.push_back(BlobOrNull(sealed.text));
    for (const std::optional<std::string>& index : sealed.indexes) {
      values.push_back(BlobOrNull(index));
    }
  }
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
                                           [&](const Row& row) { found = ReadOrFail(row); }));
  return found;
}

std::shared_ptr<void> RecordTable::ReadOrFail(const Row& row) const {
  std::shared_ptr<void> record = Read(row);
  if (record == nullptr) {
    row.Fail();
  }
  return record;
}

absl::StatusOr<bool> RecordTable::IsIndexed(Connection& connection, const std::string& program,
                                            const void* record, const SealKey& of_program) const {
  if (!indexed_.has_value()) {
    return true;
  }
  FieldValues fields(type_);
  type_.Write(record, fields);
  TextKeys keys = {{domain::MemberKey{}, of_program}};
  for (const domain::MemberKey& owner : OwnersIn(type_, fields)) {
    keys.emplace(owner, SealKey{});  // The index does not depend on it.
  }
  const Sealed sealed = SealedOf(record, fields, keys);
  std::vector<Value> values = KeyValues(program, record, fields);
  for (const std::optional<std::string>& index : sealed.indexes) {
    values.push_back(BlobOrNull(index));
  }
  bool indexed = false;
  PERIGEE_RETURN_IF_ERROR(connection.Query(*indexed_, values, [&](const Row&) { indexed = true; }));
  return indexed;
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
  return connection.Ask(find_, values, key_.size(),
                        [this, visit = std::move(visit)](std::size_t run, const Row& row) {
                          if (std::shared_ptr<void> found = ReadOrFail(row)) {
                            visit(run, std::move(found));
                          }
                        });
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
  return connection.Query(*owned_, values, [&](const Row& row) {
    if (auto record = ReadOrFail(row)) {
      visit(std::move(record));
    }
  });
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
