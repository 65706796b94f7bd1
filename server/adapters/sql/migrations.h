#pragma once

#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace perigee::sql {

class Connection;
class KeyStore;

// The scripts that make the schema, oldest first. The first makes version 1. A published script is
// never changed.
std::span<const std::string_view> Migrations();

// Brings the schema up to date, in one transaction for each version. Makes the store's token secret
// if there is none, and the key store. Refuses a schema newer than this program, and an up-to-date
// store without its keys. Returns whether it changed the schema.
absl::StatusOr<bool> Migrate(Connection& connection, KeyStore& keys);

// OK if this program knows the schema, and the key store belongs to it (see CheckKeys). Otherwise
// kStoreUnavailable, with advice.
absl::Status CheckSchema(Connection& connection);

}  // namespace perigee::sql
