#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/domain/record/record.h"

namespace perigee::domain {

// The bytes of records: a protocol buffer message (encoding) whose field numbers are the record's.
// Whole numbers are sint64, all else is bytes. As in proto3, 0 and empty values are left out. A
// nullable field is written unless it is null.

// Writes fields as bytes.
class WireSink final : public FieldSink {
 public:
  enum class Part : std::uint8_t { kAll, kPlain, kPersonal, kKey };
  // `fields` must outlive the sink.
  WireSink(std::span<const Field> fields, Part part) : fields_(fields), part_(part) {}

  void Null() override { ++next_; }
  void Int(std::int64_t value) override;
  void Bytes(std::string_view bytes) override;
  void Made(std::string bytes) override { Bytes(bytes); }

  std::string Take() { return std::move(bytes_); }

 private:
  // The next field, or null if it must not be written.
  const Field* Next(bool empty);

  std::span<const Field> fields_;
  Part part_;
  std::size_t next_ = 0;
  std::string bytes_;
};

// Reads fields from bytes. The bytes and `fields` must outlive the source.
class WireSource final : public FieldSource {
 public:
  explicit WireSource(std::span<const Field> fields) : fields_(fields), values_(fields.size()) {}

  // Takes bytes of all fields or of some. False if the bytes hold a field twice or an unknown
  // field, or are malformed.
  bool Parse(std::string_view bytes);

  bool IsNull() const override { return fields_[next_].nullable && !values_[next_].there; }
  void Skip() override { ++next_; }
  std::int64_t Int() override { return values_[next_++].number; }
  std::string_view Bytes() override { return values_[next_++].bytes; }

 private:
  struct Value {
    bool there = false;
    std::int64_t number = 0;
    std::string_view bytes;
  };

  std::span<const Field> fields_;
  std::vector<Value> values_;
  std::size_t next_ = 0;
};

// The bytes of `part` of a record's fields.
std::string EncodeRecord(const RecordType& type, const void* record, WireSink::Part part);

// Makes the record from two parts of bytes, plain and personal. Null if they are not the bytes of
// such a record.
std::shared_ptr<void> DecodeRecord(const RecordType& type, std::string_view plain,
                                   std::string_view personal, std::int64_t revision);

// Appends the bytes with their size before them.
void AppendSized(std::string_view bytes, std::string& to);
// Takes such bytes from the front of `from`. nullopt if it does not start with sized bytes.
std::optional<std::string_view> TakeSized(std::string_view& from);

}  // namespace perigee::domain
