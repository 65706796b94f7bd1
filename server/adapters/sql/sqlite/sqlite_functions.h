#pragma once

struct sqlite3;

namespace perigee::sql {

// Gives a connection the functions that the SQL of the repositories expects and SQLite lacks.
void AddSqlFunctions(sqlite3* db);

}  // namespace perigee::sql
