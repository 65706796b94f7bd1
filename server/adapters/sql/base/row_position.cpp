#include "server/adapters/sql/base/row_position.h"

#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/domain/record/wire.h"

namespace perigee::sql {

using domain::FieldKind;

std::int64_t NumberIn(std::string_view text) {
  std::int64_t number = 0;
  return absl::SimpleAtoi(absl::string_view(text.data(), text.size()), &number) ? number : 0;
}

std::string KeyOfParts(const std::vector<std::string>& parts) {
  std::string key;
  for (const std::string& part : parts) {
    domain::AppendSized(part, key);
  }
  return key;
}

std::optional<std::vector<std::string>> PartsOfKey(std::string_view key) {
  std::vector<std::string> parts;
  while (!key.empty()) {
    const std::optional<std::string_view> part = domain::TakeSized(key);
    if (!part.has_value()) {
      return std::nullopt;
    }
    parts.emplace_back(*part);
  }
  return parts;
}

RowPosition Beginning(const std::vector<FieldKind>& kinds) {
  RowPosition position;
  for (const FieldKind kind : kinds) {
    position.push_back(
        kind == FieldKind::kInt ? absl::StrCat(std::numeric_limits<std::int64_t>::min()) : "");
  }
  return position;
}

RowPosition PositionOf(const Row& row, const std::vector<FieldKind>& kinds) {
  RowPosition position;
  for (const FieldKind kind : kinds) {
    const int column = static_cast<int>(position.size());
    position.push_back(kind == FieldKind::kInt ? absl::StrCat(row.Int(column)) : row.Text(column));
  }
  return position;
}

void AddValues(const RowPosition& position, const std::vector<FieldKind>& kinds, std::size_t from,
               std::vector<Value>& values) {
  for (std::size_t i = from; i < position.size(); ++i) {
    values.push_back(kinds[i] == FieldKind::kInt    ? Value(NumberIn(position[i]))
                     : kinds[i] == FieldKind::kText ? Value(position[i])
                                                    : Value::Blob(position[i]));
  }
}

}  // namespace perigee::sql
