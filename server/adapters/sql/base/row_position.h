#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/adapters/sql/base/driver.h"
#include "server/domain/record/record.h"

namespace perigee::sql {

// The place of a row in a walk over a table, by the columns of its key, so that a walk can go on
// where it stopped. Whole numbers are in decimal.
using RowPosition = std::vector<std::string>;

// No row is before it. A row with an empty or the least key is at it.
RowPosition Beginning(const std::vector<domain::FieldKind>& kinds);
// By the first columns of the row.
RowPosition PositionOf(const Row& row, const std::vector<domain::FieldKind>& kinds);
// Adds the values of a position, starting with value `from`. They refer to the position.
void AddValues(const RowPosition& position, const std::vector<domain::FieldKind>& kinds,
               std::size_t from, std::vector<Value>& values);
// The key of a due thing that goes on: its parts, each of any bytes, and back. nullopt for a text
// that is no such key.
std::string KeyOfParts(const std::vector<std::string>& parts);
std::optional<std::vector<std::string>> PartsOfKey(std::string_view key);
// A whole number in decimal. 0 if it is none.
std::int64_t NumberIn(std::string_view text);

}  // namespace perigee::sql
