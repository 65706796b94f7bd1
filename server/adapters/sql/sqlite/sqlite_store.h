#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/sql_store.h"
#include "server/adapters/sql/sqlite/sqlite_driver.h"

namespace perigee::sql {

// Makes the store's files if there are none, and brings its schema up to date. kStoreUnavailable,
// as OpenSqlite says, while a server uses them.
absl::Status MigrateSqliteStore(const SqliteFiles& files);

// Opens a store that MigrateSqliteStore made, for one server at a time.
absl::StatusOr<std::unique_ptr<SqlStore>> OpenSqliteStore(const SqliteFiles& files,
                                                          SqlStoreOptions options = {});

}  // namespace perigee::sql
