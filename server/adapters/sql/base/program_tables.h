#pragma once

#include <string>
#include <vector>

namespace perigee::sql {

// A table of programmes' rows. Each column is `name kind`, where the kind is int, text or blob. The
// first column is `program`, and the first `key_columns` columns identify a row.
struct ProgramTable {
  std::string name;
  std::vector<std::string> columns;
  int key_columns = 0;
};

// All such tables: together they hold all that a programme has. Those of plain records follow from
// their descriptions. A test compares the list with the schema.
std::vector<ProgramTable> ProgramTables();

}  // namespace perigee::sql
