#pragma once

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/base/text_keys.h"

namespace perigee::sql {

class Connection;
class KeyStore;

// The keys of a programme as they stood in the book before migration 10.
struct KeysInBook {
  TextKeys keys;
  std::set<domain::MemberKey> destroyed;
};
absl::StatusOr<KeysInBook> ReadKeysInBook(Connection& connection, const std::string& program);

// The part of migration 10 that is no SQL: moves the keys from the table plain_text_key into the
// key store, gives the owners their slots, and drops the table. The keys are durable in their store
// before the transaction of the book ends. If it is not kept, the next try moves them again, and
// nobody uses the first ones.
absl::Status MoveKeysApart(Connection& connection, KeyStore& keys);

}  // namespace perigee::sql
