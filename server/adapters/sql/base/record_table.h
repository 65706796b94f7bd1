#pragma once

#include <cstddef>
#include <forward_list>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/record_statements.h"
#include "server/adapters/sql/base/text_keys.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/ports/due.h"

namespace perigee::sql {

// The fields of a record as the parameters of a statement. The record must outlive it.
class FieldValues final : public domain::FieldSink {
 public:
  explicit FieldValues(const domain::RecordType& type) : type_(type) {}

  void Null() override { Add(nullptr); }
  void Int(std::int64_t value) override { Add(value); }
  void Bytes(std::string_view bytes) override;
  void Made(std::string bytes) override { Bytes(made_.emplace_front(std::move(bytes))); }
  void Add(Value value) { values_.push_back(value); }

  const Value* begin() const { return values_.begin(); }
  const Value* end() const { return values_.end(); }
  Values values() const { return values_; }

 private:
  const domain::RecordType& type_;
  absl::InlinedVector<Value, 24> values_;
  std::forward_list<std::string> made_;  // Costs nothing while it is empty.
};

// The columns of a row as the fields of a record. Sealed fields have no column and are empty.
class RowSource final : public domain::FieldSource {
 public:
  // `from` is the column of the first field that has one.
  RowSource(const domain::RecordType& type, const Row& row, int from)
      : type_(type), row_(row), column_(from) {}

  bool IsNull() const override { return HasColumn() ? row_.IsNull(column_) : Field().nullable; }
  void Skip() override { Next(); }
  std::int64_t Int() override { return Next() ? row_.Int(column_ - 1) : 0; }
  std::string_view Bytes() override {
    return Next() ? row_.Bytes(column_ - 1) : std::string_view();
  }

 private:
  const domain::Field& Field() const { return type_.fields()[field_]; }
  bool HasColumn() const { return !(type_.IsSealed() && Field().personal); }
  // Moves on to the next field. Says whether the field that was the next had a column.
  bool Next() {
    const bool has_column = HasColumn();
    column_ += has_column ? 1 : 0;
    ++field_;
    return has_column;
  }

  const domain::RecordType& type_;
  const Row& row_;
  std::size_t field_ = 0;
  int column_;
};

// The table of a plain record, built from its description. The personal fields of members' records
// are no columns. Together they are one column `sealed`, null if all are empty: the bytes of the
// fields, sealed under the keys of the record's owners. A findable field also has a column
// `<name>_index`, the keyed hash of its text. Nothing else knows of this. Safe from many threads.
class RecordTable {
 public:
  static const RecordTable& Of(const domain::RecordType& type);
  explicit RecordTable(const domain::RecordType& type);

  const domain::RecordType& type() const { return type_; }
  // What Read expects of a row of the table that is called `row` (such as `m`): the fields that
  // have columns, the revision, and what opens the other fields, of the tables that Joins adds.
  // Without `row` the columns have no table before them, which is only for types that are not
  // sealed.
  std::string Columns(std::string_view row = "") const;
  std::string Joins(std::string_view row) const;
  int column_count() const { return column_count_; }
  // With the table called `row` and its joins.
  std::string From(std::string_view row) const;
  // The condition that a field has a value, which is the parameter at `place`: a whole
  // number, or the bytes that Sought makes. $1 is the programme. A personal field must be findable.
  std::string Is(std::string_view row, const domain::Field& field, std::size_t place) const;
  // The bytes for that parameter, of a field that is no whole number.
  std::string Sought(const domain::Field& field, std::string_view bytes) const;
  const domain::Field& field(std::string_view name) const;
  // The columns of the key, the programme first.
  const std::vector<std::string>& key() const { return key_; }
  // The columns that stand for the sealed fields: `sealed`, then the indexes. All may be null.
  const std::vector<std::string>& sealed_columns() const { return sealed_columns_; }

  // The record of a row whose columns start at `from`. Null, or false, if it cannot be read: also
  // if the key of an owner is missing. The fields of an erased owner are empty.
  std::shared_ptr<void> Read(const Row& row, int from = 0) const;
  bool ReadInto(const Row& row, int from, void* record) const;

  // Writes the row. Replaces an earlier row unless the record is append-only. The record's row in
  // `due` is written and removed together with its row here. `keys` must have those of the owners
  // and of the programme. Without the key of an owner, who is erased, the personal fields are left
  // out.
  absl::Status Put(Connection& connection, const std::string& program, const void* record,
                   const TextKeys& keys) const;
  absl::Status Delete(Connection& connection, const std::string& program, const void* record) const;
  // The walk that clears a member from the rows that the member owns: rows known by their owner are
  // deleted, other rows lose their personal fields. nullopt if nobody owns such rows, or if they
  // hold no personal data.
  const std::optional<EraseWalk>& erase() const { return erase_; }
  // The row with the key of `record`. Null if there is none. kInternal if it cannot be read.
  absl::StatusOr<std::shared_ptr<void>> Find(Connection& connection, const std::string& program,
                                             const void* record) const;
  // Asks for the rows with the keys of `records`. Each row found is visited with the index of its
  // record before the next Sync returns.
  absl::Status Ask(
      Connection& connection, const std::string& program, std::span<const void* const> records,
      std::function<void(std::size_t record, std::shared_ptr<void> found)> visit) const;
  // All rows of a programme, by key. Null for a row that cannot be read.
  absl::Status ForEach(Connection& connection, const std::string& program,
                       absl::FunctionRef<void(std::shared_ptr<void> record)> visit) const;
  // See ports::RecordReader.
  absl::Status ListOwned(Connection& connection, const std::string& program,
                         const domain::MemberKey& owner, const void* after, int limit,
                         absl::FunctionRef<void(std::shared_ptr<void> record)> visit) const;
  absl::StatusOr<std::int64_t> Count(Connection& connection, const std::string& program) const;
  // Whether the row with the key of `record` is found by the record's findable fields and by no
  // other texts. `of_program` is the programme's key.
  absl::StatusOr<bool> IsIndexed(Connection& connection, const std::string& program,
                                 const void* record, const SealKey& of_program) const;

  // The time and the key under which the record falls due. nullopt if it does not.
  std::optional<ports::Due> DueOf(const std::string& program, const void* record) const;

  // The key of a record in readable form, such as `member 0f3a…` or `edge 17 0`.
  std::string NameOf(const void* record) const;

  // The key of a record without the programme, as bytes that are unique among records of its kind.
  std::string KeyBytes(const void* record) const;

  // The values of a record's key, the programme first. `values` holds the values of its fields.
  std::vector<Value> KeyValues(const std::string& program, const void* record,
                               const FieldValues& values) const;

 private:
  // The columns that a sealed record has besides those of its fields.
  struct Sealed {
    std::optional<std::string> text;
    std::vector<std::optional<std::string>> indexes;  // Of the findable fields, in order.
  };
  Sql Select(std::string_view rest) const;  // From the table, called `t`.
  std::shared_ptr<void> ReadOrFail(const Row& row) const;
  std::string ContextOf(const void* record) const;
  Sealed SealedOf(const void* record, const FieldValues& fields, const TextKeys& keys) const;
  // Removes the due row of the stored row with the record's key.
  absl::Status RemoveDue(Connection& connection, const std::string& program,
                         const void* record) const;

  const domain::RecordType& type_;
  std::vector<std::string> key_;
  std::vector<std::string> sealed_columns_;
  int revision_at_;  // Among the columns.
  int column_count_;
  Sql put_;
  Sql delete_;
  Sql find_;
  Sql list_;
  Sql count_;
  std::optional<Sql> indexed_;  // Absent if no field is findable.
  // $1 is the programme, $2 the member, then come a position and a limit. Absent if nobody owns
  // such records.
  std::optional<Sql> owned_;
  std::vector<domain::FieldKind> owned_position_;
  std::optional<EraseWalk> erase_;
  std::optional<Sql> add_owner_;   // Absent if there is no index of owners.
  std::optional<Sql> remove_due_;  // Absent if such records never fall due.
};

// Reads the record from a row whose columns, RecordTable::Columns(), start at `from`. Fails the row
// if it cannot be read.
template <class R>
R ReadRecord(const Row& row, int from = 0) {
  R record;
  if (!RecordTable::Of(domain::TypeOf<R>()).ReadInto(row, from, &record)) {
    row.Fail();
  }
  return record;
}

}  // namespace perigee::sql
