#pragma once

#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace perigee::sql {

class Connection;

// The scripts that make the schema, oldest first: version 1 is the first. A published one is never
// changed.
std::span<const std::string_view> Migrations();

// Brings the schema up to date, one transaction a version; makes the store's token secret where
// there is none. Refuses a schema newer than this program.
absl::Status Migrate(Connection& connection);

// OK if the schema is the one this program knows; otherwise kStoreUnavailable with what to do.
absl::Status CheckSchema(Connection& connection);

}  // namespace perigee::sql
