#pragma once

#include <string>
#include <vector>

namespace perigee::sql {

// A table that belongs to programmes, as it is copied. Each column is `name kind`, where the kind
// is int, text or blob; the first is `program`, and the first `key_columns` tell rows apart.
struct CopyTable {
  std::string name;
  std::vector<std::string> columns;
  int key_columns = 0;
};

// All of them; those of plain records follow from their descriptions. A test holds them equal to
// the schema.
std::vector<CopyTable> CopyTables();

}  // namespace perigee::sql
