#include "server/adapters/sql/sqlite/sqlite_functions.h"

#include <sqlite3.h>

#include <cstddef>

#include "server/core/sha256.h"

namespace perigee::sql {
namespace {

// SHA256(blob), as PostgreSQL has it.
void HashInSql(sqlite3_context* context, int, sqlite3_value** values) {
  const Sha256Digest digest = Sha256({static_cast<const char*>(sqlite3_value_blob(values[0])),
                                      static_cast<std::size_t>(sqlite3_value_bytes(values[0]))});
  sqlite3_result_blob(context, digest.data(), static_cast<int>(digest.size()), SQLITE_TRANSIENT);
}

}  // namespace

void AddSqlFunctions(sqlite3* db) {
  sqlite3_create_function(db, "SHA256", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, HashInSql,
                          nullptr, nullptr);
}

}  // namespace perigee::sql
