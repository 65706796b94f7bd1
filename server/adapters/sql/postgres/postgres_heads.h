#pragma once

#include <memory>
#include <string>

#include "server/adapters/sql/base/driver.h"

namespace perigee::sql {

struct PostgresLimits;

// HeadWatch over LISTEN and NOTIFY, on a connection of its own. Word is sent after the commit, not
// within it: PostgreSQL commits what notifies one after the other. What gets lost (a connection is
// down, a server dies after its commit) is found by reading all heads once a second; and many times
// a second where there is no LISTEN, as in CockroachDB and YugabyteDB.
std::unique_ptr<HeadWatch> WatchPostgresHeads(std::string uri, const PostgresLimits& limits,
                                              HeadWatch::Heard heard);

}  // namespace perigee::sql
