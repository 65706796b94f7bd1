#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/postgres/postgres_session.h"

namespace perigee::sql {

// What the database is opened for. kServe has the limits that are given; kBulk (migrations, checks,
// copies) has none but for connecting, and waits half an hour for a byte.
enum class PostgresUse : std::uint8_t { kServe, kBulk };

// A store in a PostgreSQL database, or one that speaks like it. `uri` is libpq's; secrets may come
// from its passfile. Connects to nothing yet. Statements are sent without waiting where the
// contract of Connection allows it.
std::unique_ptr<Database> OpenPostgres(std::string uri, PostgresUse use,
                                       const PostgresLimits& limits = {});

}  // namespace perigee::sql
