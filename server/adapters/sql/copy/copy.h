#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/record/revision.h"

namespace perigee::ports {
class Blobs;
}  // namespace perigee::ports

namespace perigee::sql {

class Database;

// The bytes of attachments of both stores. Until `now` and for an hour more, a server on the target
// spares them although nothing names them yet.
struct BlobsToCopy {
  ports::Blobs& from;
  ports::Blobs& to;
  Time now;
};

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
//
// With `blobs`, the bytes of attachments go first, outside of the transaction. kInternal if some
// are missing. If the copy fails then, nothing names them in the target, and a server there removes
// them.
absl::StatusOr<Copied> CopyProgram(const Database& from, const Database& to,
                                   const std::string& program, const BlobsToCopy* blobs = nullptr);

}  // namespace perigee::sql
