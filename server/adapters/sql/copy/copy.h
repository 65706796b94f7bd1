#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "server/domain/record/revision.h"

namespace perigee::sql {

class Database;

// The result of a copy. `digest` covers all rows in the order of their keys. It is the same on both
// sides.
struct Copied {
  domain::Revision revision = 0;
  std::int64_t rows = 0;
  std::string digest;
};

// Copies every row of one programme into another store, of the same or another engine, in one
// transaction: all of it or nothing. Its keys go into the target's key store first, and are
// destroyed there again if the copy fails. Then reads it back and compares. Memory grows with the
// members' keys, and with nothing else. Later writes to the source are not in the copy. kNotFound
// if there is no such programme, kAlreadyExists if the target has one of that id, kStoreUnavailable
// as the stores answer it, also if this program does not know a schema.
absl::StatusOr<Copied> CopyProgram(const Database& from, const Database& to,
                                   const std::string& program);

}  // namespace perigee::sql
