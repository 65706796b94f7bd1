#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/uuid.h"

namespace perigee::domain {

// A plain record is a struct that stands for one row of one table. Its static function Fields()
// describes it once (see describe.h). The row, the bytes in the journal, and the work of copy,
// check, export and erase all follow from that description.

enum class FieldKind : std::uint8_t { kInt, kText, kBlob };

// What the value of a field is, for those who show it to people. kNumbers is a set of small
// numbers, one bit each; kTexts are joined by line feeds; kStruct is bytes.
enum class FieldShape : std::uint8_t {
  kNumber,
  kFlag,
  kTime,
  kNumbers,
  kText,
  kTexts,
  kId,
  kStruct
};

// One field as the tools see it.
struct Field {
  int number = 0;         // In journal entries. A number is never used again for another field.
  std::string_view name;  // Its column.
  FieldKind kind = FieldKind::kInt;
  bool nullable = false;
  bool key = false;       // Part of the row's key, after the programme.
  bool owner = false;     // The pseudonym of the member who owns the record.
  bool personal = false;  // Written by a person or naming one. Never in a hashed payload.
  bool findable = false;  // Personal, and records are looked up by it.
  bool due = false;       // The time at which the record falls due. Null: it does not.
  FieldShape shape = FieldShape::kNumber;
};

// Takes the fields of a record, one after the other, in the order of its description.
class FieldSink {
 public:
  virtual ~FieldSink() = default;
  virtual void Null() = 0;
  virtual void Int(std::int64_t value) = 0;
  // `bytes` points into the record.
  virtual void Bytes(std::string_view bytes) = 0;
  // The bytes were made for the sink.
  virtual void Made(std::string bytes) = 0;
};

// Gives the fields of a record in the same order. Each call except IsNull moves on to the next
// field.
class FieldSource {
 public:
  virtual ~FieldSource() = default;
  virtual bool IsNull() const = 0;
  virtual void Skip() = 0;
  virtual std::int64_t Int() = 0;
  virtual std::string_view Bytes() = 0;  // Valid until the next call.

  // Notes that the given value cannot be the field's.
  void Fail() { failed_ = true; }
  bool failed() const { return failed_; }

 private:
  bool failed_ = false;
};

// A kind of record without its C++ type. Never changes; safe from many threads.
class RecordType {
 public:
  virtual ~RecordType() = default;

  // In journal entries. A number is never used again.
  int number() const { return number_; }
  std::string_view table() const { return table_; }  // The name of its table.
  const std::vector<Field>& fields() const { return fields_; }
  // Written once and never changed. The key then includes the revision that made the record.
  bool append_only() const { return append_only_; }
  // For append-only records: a table that says whose record a revision made, by program, member_key
  // and revision. Empty if there is none.
  std::string_view owner_index() const { return owner_index_; }
  bool HasOwner() const;
  bool HasPersonal() const;
  // The personal fields belong to members. They are stored only as a text that is sealed under the
  // owners' keys.
  bool IsSealed() const { return HasOwner() && HasPersonal(); }
  // The owner is the first part of the key. Erasing the member deletes the whole record.
  bool IsKnownByOwner() const;
  // The index in fields() of the due field. nullopt if there is none.
  std::optional<std::size_t> due_field() const;

  // The record must be of this type.
  virtual void Write(const void* record, FieldSink& sink) const = 0;
  virtual std::shared_ptr<void> Make() const = 0;
  // False if the source failed.
  virtual bool Read(FieldSource& source, std::int64_t revision, void* record) const = 0;
  // Reads the personal fields alone. False if the source failed.
  virtual bool ReadPersonal(FieldSource& source, void* record) const = 0;
  virtual std::int64_t RevisionOf(const void* record) const = 0;
  virtual std::shared_ptr<void> Clone(const void* record) const = 0;
  // Empties the personal fields.
  virtual void ClearPersonal(void* record) const = 0;

 protected:
  RecordType(int number, std::string_view table, bool append_only, std::string_view owner_index,
             std::vector<Field> fields)
      : number_(number),
        table_(table),
        append_only_(append_only),
        owner_index_(owner_index),
        fields_(std::move(fields)) {}

 private:
  int number_;
  std::string_view table_;
  bool append_only_;
  std::string_view owner_index_;
  std::vector<Field> fields_;
};

// The type of R; each record's .cpp defines its own.
template <class R>
const RecordType& TypeOf();

// A record in its state after a unit of work or, if `deleted`, in its last state before it was
// deleted.
struct RecordChange {
  const RecordType* type = nullptr;
  std::shared_ptr<void> record;
  bool deleted = false;
};

// The members that own a record; none twice.
std::vector<Uuid> OwnersOf(const RecordChange& change);

// The changes of a unit of work to plain records, in order.
class RecordChanges {
 public:
  // Adds a record, or replaces the stored one.
  template <class R>
  void Put(R record) {
    changes_.push_back({&TypeOf<R>(), std::make_shared<R>(std::move(record)), false});
  }
  template <class R>
  void PutAll(std::vector<R> records) {
    for (R& record : records) {
      Put(std::move(record));
    }
  }
  // Deletes the record and its row.
  template <class R>
  void Delete(R record) {
    changes_.push_back({&TypeOf<R>(), std::make_shared<R>(std::move(record)), true});
  }
  void Add(RecordChange change) { changes_.push_back(std::move(change)); }

  // The records of that type that were put.
  template <class R>
  std::vector<const R*> All() const {
    std::vector<const R*> records;
    for (const RecordChange& change : changes_) {
      if (change.type == &TypeOf<R>() && !change.deleted) {
        records.push_back(static_cast<const R*>(change.record.get()));
      }
    }
    return records;
  }
  // The records of that type that were put or deleted. A deleted one is in its last state.
  template <class R>
  std::vector<const R*> Touched() const {
    std::vector<const R*> records;
    for (const RecordChange& change : changes_) {
      if (change.type == &TypeOf<R>()) {
        records.push_back(static_cast<const R*>(change.record.get()));
      }
    }
    return records;
  }
  // The last record of that type that was put, or null.
  template <class R>
  const R* Last() const {
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
      if (change->type == &TypeOf<R>() && !change->deleted) {
        return static_cast<const R*>(change->record.get());
      }
    }
    return nullptr;
  }

  // Replaces the record at `place` by another one of the same type.
  void Replace(std::size_t place, std::shared_ptr<void> record) {
    changes_[place].record = std::move(record);
  }
  // Empties the personal fields of all records.
  void ClearPersonal() {
    for (RecordChange& change : changes_) {
      // Another copy of these changes shares the record and keeps it as it is.
      if (change.record.use_count() > 1) {
        change.record = change.type->Clone(change.record.get());
      }
      change.type->ClearPersonal(change.record.get());
    }
  }

  const std::vector<RecordChange>& all() const { return changes_; }
  bool empty() const { return changes_.empty(); }

 private:
  std::vector<RecordChange> changes_;
};

}  // namespace perigee::domain
