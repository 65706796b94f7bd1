#pragma once

#include <cstddef>
#include <deque>
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
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/ports/due.h"

namespace perigee::sql {

// The columns of a record as the parameters of a statement. The record must outlive it.
class FieldValues final : public domain::FieldSink {
 public:
  explicit FieldValues(const domain::RecordType& type) : type_(type) {}

  void Null() override { Add(nullptr); }
  void Int(std::int64_t value) override { Add(value); }
  void Bytes(std::string_view bytes) override;
  void Made(std::string bytes) override { Bytes(made_.emplace_back(std::move(bytes))); }
  void Add(Value value) { values_.push_back(value); }

  const Value* begin() const { return values_.begin(); }
  const Value* end() const { return values_.end(); }
  Values values() const { return values_; }

 private:
  const domain::RecordType& type_;
  absl::InlinedVector<Value, 24> values_;
  std::deque<std::string> made_;
};

// The columns of a row as the fields of a record.
class RowSource final : public domain::FieldSource {
 public:
  // `from` is the column of the first field.
  RowSource(const Row& row, int from) : row_(row), next_(from) {}

  bool IsNull() const override { return row_.IsNull(next_); }
  void Skip() override { ++next_; }
  std::int64_t Int() override { return row_.Int(next_++); }
  std::string_view Bytes() override { return row_.Bytes(next_++); }

 private:
  const Row& row_;
  int next_;
};

// A walk over a member's rows. It may stop anywhere.
struct EraseWalk {
  // Reads the rows after a position. $1 is the programme, $2 the member, then come the position and
  // a limit. Each row is the next position.
  Sql next;
  std::vector<domain::FieldKind> position;
  // Clears the member from a row. $1 is the programme, then come the last `erase_by` parts of the
  // position.
  Sql erase;
  std::size_t erase_by = 0;
};

// The table of a plain record, built from its description. Safe from many threads.
class RecordTable {
 public:
  static const RecordTable& Of(const domain::RecordType& type);
  explicit RecordTable(const domain::RecordType& type);

  const domain::RecordType& type() const { return type_; }
  // The fields, then the revision, each after `prefix` (such as `m.`). Read expects them in this
  // order.
  std::string Columns(std::string_view prefix = "") const;
  int column_count() const { return static_cast<int>(type_.fields().size()) + 1; }
  // The columns of the key, the programme first.
  const std::vector<std::string>& key() const { return key_; }

  // The record of a row whose columns start at `from`.
  std::shared_ptr<void> Read(const Row& row, int from = 0) const;
  bool ReadInto(const Row& row, int from, void* record) const;

  // Writes the row. Replaces an earlier row unless the record is append-only. The record's row in
  // `due` is written and removed together with its row here.
  absl::Status Put(Connection& connection, const std::string& program, const void* record) const;
  absl::Status Delete(Connection& connection, const std::string& program, const void* record) const;
  // The walk that clears a member from the rows that the member owns: rows known by their owner are
  // deleted, other rows lose their personal fields. nullopt if nobody owns such rows, or if they
  // hold no personal data.
  const std::optional<EraseWalk>& erase() const { return erase_; }
  // The row with the key of `record`. Null if there is none.
  absl::StatusOr<std::shared_ptr<void>> Find(Connection& connection, const std::string& program,
                                             const void* record) const;
  // Asks for the rows with the keys of `records`. Each row found is visited with the index of its
  // record before the next Sync returns.
  absl::Status Ask(
      Connection& connection, const std::string& program, std::span<const void* const> records,
      std::function<void(std::size_t record, std::shared_ptr<void> found)> visit) const;
  // All rows of a programme, by key.
  absl::Status ForEach(Connection& connection, const std::string& program,
                       absl::FunctionRef<void(std::shared_ptr<void> record)> visit) const;
  // See ports::RecordReader.
  absl::Status ListOwned(Connection& connection, const std::string& program,
                         const domain::MemberKey& owner, const void* after, int limit,
                         absl::FunctionRef<void(std::shared_ptr<void> record)> visit) const;
  absl::StatusOr<std::int64_t> Count(Connection& connection, const std::string& program) const;

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
  // Removes the due row of the stored row with the record's key.
  absl::Status RemoveDue(Connection& connection, const std::string& program,
                         const void* record) const;

  const domain::RecordType& type_;
  std::vector<std::string> key_;
  Sql put_;
  Sql delete_;
  Sql find_;
  Sql list_;
  Sql count_;
  // $1 is the programme, $2 the member, then come a position and a limit. Absent if nobody owns
  // such records.
  std::optional<Sql> owned_;
  std::vector<domain::FieldKind> owned_position_;
  std::optional<EraseWalk> erase_;
  std::optional<Sql> add_owner_;   // Absent if there is no index of owners.
  std::optional<Sql> remove_due_;  // Absent if such records never fall due.
};

// Reads the record from a row whose columns, RecordTable::Columns(), start at `from`.
template <class R>
R ReadRecord(const Row& row, int from = 0) {
  R record;
  RecordTable::Of(domain::TypeOf<R>()).ReadInto(row, from, &record);
  return record;
}

}  // namespace perigee::sql
