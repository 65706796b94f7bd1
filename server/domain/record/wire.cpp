#include "server/domain/record/wire.h"

#include <algorithm>

namespace perigee::domain {
namespace {

constexpr std::uint64_t kVarint = 0;
constexpr std::uint64_t kSized = 2;

void AppendVarint(std::uint64_t value, std::string& to) {
  while (value >= 0x80) {
    to.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  to.push_back(static_cast<char>(value));
}

std::optional<std::uint64_t> TakeVarint(std::string_view& from) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !from.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(from.front());
    from.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) {
      return value;
    }
  }
  return std::nullopt;
}

std::uint64_t ZigZag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

std::int64_t UnZigZag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

std::uint64_t Tag(const Field& field) {
  return static_cast<std::uint64_t>(field.number) << 3 |
         (field.kind == FieldKind::kInt ? kVarint : kSized);
}

}  // namespace

const Field* WireSink::Next(bool empty) {
  const Field& field = fields_[next_++];
  const bool of_part = part_ == Part::kAll   ? true
                       : part_ == Part::kKey ? field.key
                                             : field.personal == (part_ == Part::kPersonal);
  return of_part && (field.nullable || !empty) ? &field : nullptr;
}

void WireSink::Int(std::int64_t value) {
  if (const Field* field = Next(value == 0)) {
    AppendVarint(Tag(*field), bytes_);
    AppendVarint(ZigZag(value), bytes_);
  }
}

void WireSink::Bytes(std::string_view bytes) {
  if (const Field* field = Next(bytes.empty())) {
    AppendVarint(Tag(*field), bytes_);
    AppendSized(bytes, bytes_);
  }
}

bool WireSource::Parse(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::optional<std::uint64_t> tag = TakeVarint(bytes);
    if (!tag.has_value()) {
      return false;
    }
    const auto field =
        std::ranges::find_if(fields_, [&](const Field& known) { return Tag(known) == *tag; });
    if (field == fields_.end()) {
      return false;
    }
    Value& value = values_[static_cast<std::size_t>(field - fields_.begin())];
    if (value.there) {
      return false;
    }
    value.there = true;
    if (field->kind == FieldKind::kInt) {
      const std::optional<std::uint64_t> number = TakeVarint(bytes);
      if (!number.has_value()) {
        return false;
      }
      value.number = UnZigZag(*number);
    } else {
      const std::optional<std::string_view> taken = TakeSized(bytes);
      if (!taken.has_value()) {
        return false;
      }
      value.bytes = *taken;
    }
  }
  return true;
}

std::string EncodeRecord(const RecordType& type, const void* record, WireSink::Part part) {
  WireSink sink(type.fields(), part);
  type.Write(record, sink);
  return sink.Take();
}

std::shared_ptr<void> DecodeRecord(const RecordType& type, std::string_view plain,
                                   std::string_view personal, std::int64_t revision) {
  WireSource source(type.fields());
  if (!source.Parse(plain) || !source.Parse(personal)) {
    return nullptr;
  }
  std::shared_ptr<void> record = type.Make();
  return type.Read(source, revision, record.get()) ? record : nullptr;
}

void AppendSized(std::string_view bytes, std::string& to) {
  AppendVarint(bytes.size(), to);
  to.append(bytes);
}

std::optional<std::string_view> TakeSized(std::string_view& from) {
  const std::optional<std::uint64_t> size = TakeVarint(from);
  if (!size.has_value() || *size > from.size()) {
    return std::nullopt;
  }
  const std::string_view bytes = from.substr(0, *size);
  from.remove_prefix(*size);
  return bytes;
}

}  // namespace perigee::domain
