#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/sql_store.h"

namespace perigee::sql {

// Makes the store's file if there is none, and brings its schema up to date. kStoreUnavailable, as
// OpenSqlite says, while a server uses the file.
absl::Status MigrateSqliteStore(const std::string& path);

// Opens a store that MigrateSqliteStore made, for one server at a time.
absl::StatusOr<std::unique_ptr<SqlStore>> OpenSqliteStore(const std::string& path,
                                                          SqlStoreOptions options = {});

}  // namespace perigee::sql
