#pragma once

#include "absl/status/status.h"

namespace perigee::sql {

class Connection;

// The part of migration 5 that is no SQL: moves the rows of the tables plain_… into those that
// migration 5 made, seals what is personal in them, and drops the old tables. It knows the columns
// of that schema by itself, so that later changes of the records do not change it.
absl::Status SealRows(Connection& connection);

}  // namespace perigee::sql
