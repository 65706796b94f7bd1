#pragma once

#include <span>

namespace perigee::sql {

// A table that belongs to programmes and is not of plain records, which are copied by their
// descriptions: `name kind, …`, where the kind is int, text or blob. The first column is `program`;
// the first `key_columns` tell rows apart.
struct CopyTable {
  const char* name;
  const char* columns;
  int key_columns;
};

// All of them. A test holds them equal to the schema.
std::span<const CopyTable> CopyTables();

}  // namespace perigee::sql
