#pragma once

#include <memory>
#include <string>

#include "server/adapters/sql/base/driver.h"

namespace perigee::sql {

struct PostgresLimits;

// HeadWatch over LISTEN and NOTIFY, on a connection of its own. The notification is sent after the
// commit, because PostgreSQL runs commits that notify one after the other. Lost notifications (a
// broken connection, a server that dies after its commit) are made up for by reading all heads once
// a second. Without LISTEN, as in CockroachDB and YugabyteDB, all heads are read many times a
// second.
std::unique_ptr<HeadWatch> WatchPostgresHeads(std::string uri, const PostgresLimits& limits,
                                              HeadWatch::Heard heard);

}  // namespace perigee::sql
