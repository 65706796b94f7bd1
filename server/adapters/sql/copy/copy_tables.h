#pragma once

#include <span>

namespace perigee::sql {

// A table that belongs to programmes, as it is copied: `name kind, …`, where the kind is int, text
// or blob. The first column is the programme's id; the first `key_columns` tell rows apart.
struct CopyTable {
  const char* name;
  const char* columns;
  int key_columns;
};

// All of them. A test holds them equal to the schema.
std::span<const CopyTable> CopyTables();

}  // namespace perigee::sql
