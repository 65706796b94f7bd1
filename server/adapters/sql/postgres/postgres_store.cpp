#include "server/adapters/sql/postgres/postgres_store.h"

#include "server/adapters/sql/base/key_store.h"
#include "server/adapters/sql/migrations.h"
#include "server/adapters/sql/postgres/postgres_driver.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

// "PERG". Held until the connection ends, so that migrations run one after the other.
constexpr const char* kLockSchema = "SELECT pg_advisory_lock(1346720327)";

}  // namespace

absl::Status MigratePostgresStore(const std::string& uri) {
  const std::unique_ptr<Database> database = OpenPostgres(uri, PostgresUse::kBulk);
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                           database->Connect(Database::Access::kWrite));
  PERIGEE_RETURN_IF_ERROR(connection->Run(kLockSchema));
  KeyStore keys(*database);
  return Migrate(*connection, keys).status();
}

absl::StatusOr<std::unique_ptr<SqlStore>> OpenPostgresStore(const std::string& uri,
                                                            SqlStoreOptions options,
                                                            const PostgresLimits& limits) {
  return SqlStore::Open(OpenPostgres(uri, PostgresUse::kServe, limits), options);
}

}  // namespace perigee::sql
