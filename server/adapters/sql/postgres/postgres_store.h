#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/postgres/postgres_session.h"
#include "server/adapters/sql/sql_store.h"

namespace perigee::sql {

// Makes the tables of the store in the database at libpq's `uri`, or brings its schema up to date.
// Several processes may do so at once. kStoreUnavailable, with advice, if the database cannot be
// reached.
absl::Status MigratePostgresStore(const std::string& uri);

// Opens a store that MigratePostgresStore made. Several servers may open it at once.
absl::StatusOr<std::unique_ptr<SqlStore>> OpenPostgresStore(const std::string& uri,
                                                            SqlStoreOptions options = {},
                                                            const PostgresLimits& limits = {});

}  // namespace perigee::sql
