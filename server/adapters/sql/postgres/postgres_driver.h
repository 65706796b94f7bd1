#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/postgres/postgres_session.h"

namespace perigee::sql {

// The use of the database. kServe has the given limits. kBulk (migrations, checks, copies) has only
// the limit for connecting, and waits half an hour for a byte.
enum class PostgresUse : std::uint8_t { kServe, kBulk };

// A store in a PostgreSQL database, or in a database that speaks its protocol. `uri` is libpq's;
// secrets may come from its passfile. Does not connect yet. Statements are sent without waiting
// where the contract of Connection allows it.
std::unique_ptr<Database> OpenPostgres(std::string uri, PostgresUse use,
                                       const PostgresLimits& limits = {});

}  // namespace perigee::sql
