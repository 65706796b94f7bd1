#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace perigee::domain {

// A plain record is a struct that stands for one row of one table. It says once what it consists
// of, in a static function Fields() (see describe.h), and from that follow its row, its bytes in
// the journal, and what copy, check, export and erase do with it.

enum class FieldKind : std::uint8_t { kInt, kText, kBlob };

// One field as the tools see it.
struct Field {
  int number = 0;         // In journal entries: never used again for another field.
  std::string_view name;  // Its column.
  FieldKind kind = FieldKind::kInt;
  bool nullable = false;
  bool key = false;       // With the programme before it, what the row is known by.
  bool owner = false;     // The pseudonym of a member whose record it is.
  bool personal = false;  // What a person wrote or is named by: never in a hashed payload.
  bool due = false;       // When something is to be done with the record; null: nothing is.
};

// Takes the fields of a record, one after the other, in the order of its description.
class FieldSink {
 public:
  virtual ~FieldSink() = default;
  virtual void Null() = 0;
  virtual void Int(std::int64_t value) = 0;
  // What `bytes` points to is part of the record.
  virtual void Bytes(std::string_view bytes) = 0;
  // Bytes that were made for the sink.
  virtual void Made(std::string bytes) = 0;
};

// Gives the fields of a record in the same order; each call but IsNull goes on to the next field.
class FieldSource {
 public:
  virtual ~FieldSource() = default;
  virtual bool IsNull() const = 0;
  virtual void Skip() = 0;
  virtual std::int64_t Int() = 0;
  virtual std::string_view Bytes() = 0;  // Good until the next call.

  // What was given cannot be the field.
  void Fail() { failed_ = true; }
  bool failed() const { return failed_; }

 private:
  bool failed_ = false;
};

// A kind of record without its C++ type. Never changes; safe from many threads.
class RecordType {
 public:
  virtual ~RecordType() = default;

  int number() const { return number_; }             // In journal entries: never used again.
  std::string_view table() const { return table_; }  // The name of its table.
  const std::vector<Field>& fields() const { return fields_; }
  // Written once and never changed: known by the revision that made it, with its keys.
  bool append_only() const { return append_only_; }
  // Of what is append-only: a table that says whose record a revision made, by program, member_key
  // and revision; empty if there is none.
  std::string_view owner_index() const { return owner_index_; }
  bool HasOwner() const;
  bool HasPersonal() const;
  // Its owner is the first part of its key: who erases the member takes the whole record away.
  bool IsKnownByOwner() const;
  // The place in fields() of the one that is due; nullopt if none is.
  std::optional<std::size_t> due_field() const;

  // The record must be of this type.
  virtual void Write(const void* record, FieldSink& sink) const = 0;
  virtual std::shared_ptr<void> Make() const = 0;
  // False where the source failed.
  virtual bool Read(FieldSource& source, std::int64_t revision, void* record) const = 0;
  virtual std::int64_t RevisionOf(const void* record) const = 0;
  virtual std::shared_ptr<void> Clone(const void* record) const = 0;
  // Leaves fields that are personal empty.
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

// A record as it stands after a unit of work, or, `deleted`, as it stood before it went.
struct RecordChange {
  const RecordType* type = nullptr;
  std::shared_ptr<void> record;
  bool deleted = false;
};

// What a unit of work does to plain records, in the order in which it does it.
class RecordChanges {
 public:
  // New, or as it stands from now on.
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
  // The record goes, row and all.
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
  // The same, and those that went, as they stood before.
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
  // The last one of that type that was put, or null.
  template <class R>
  const R* Last() const {
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
      if (change->type == &TypeOf<R>() && !change->deleted) {
        return static_cast<const R*>(change->record.get());
      }
    }
    return nullptr;
  }

  // Puts another record of the same type in the place of one.
  void Replace(std::size_t place, std::shared_ptr<void> record) {
    changes_[place].record = std::move(record);
  }
  // Leaves what people wrote or are named by empty.
  void ClearPersonal() {
    for (RecordChange& change : changes_) {
      if (change.record.use_count() > 1) {  // Another copy of these changes keeps it as it is.
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
