#pragma once

#include <string>
#include <vector>

namespace perigee::sql {

// A programme's table, as it is copied. Each column is `name kind`, where the kind is int, text or
// blob. The first column is `program`, and the first `key_columns` columns are the key.
struct CopyTable {
  std::string name;
  std::vector<std::string> columns;
  int key_columns = 0;
};

// All such tables. Those of plain records follow from their descriptions. A test compares the list
// with the schema.
std::vector<CopyTable> CopyTables();

}  // namespace perigee::sql
