#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace perigee::ports {
class Blobs;
}  // namespace perigee::ports

namespace perigee::sql {

class Connection;
struct SqliteFiles;

// A fault, as an English sentence that names the place.
struct Finding {
  std::string program;
  std::string what;
};

// How many findings are kept for one programme. Further ones are only counted.
inline constexpr std::size_t kFindingsMax = 200;

// Compares every programme's rows with its journal, and both with the invariants of the books: the
// chain of hashes, its order in time and its head; transfers, postings, scores, activities and
// edges equal to the entries; accounts, holds, lots and caps equal to the results of the transfers;
// the list of entries by member and staff equal to the entries; assets that add up to zero; no
// account below zero without an overdraft; reversals within their originals; members, assets, rules
// and boards as last recorded; results equal to their digests; the requests that made entries
// remembered as the entries prove them, unless they were forgotten; a key for each owner of texts,
// and none of an erased member. Passes over deleted programmes
// whose rows are still being removed. Empty if all is well. Reads one consistent view, so a server
// may run meanwhile. Memory grows with accounts and members, not with transfers.
absl::StatusOr<std::vector<Finding>> Check(Connection& connection, ports::Blobs* blobs = nullptr);

// The same for a store in SQLite files, and for a store in a PostgreSQL database. With `blobs`,
// which belong to it, also: the bytes of each attachment are there, as many as it says, and of its
// digest. They are all read.
absl::StatusOr<std::vector<Finding>> CheckSqliteStore(const SqliteFiles& files,
                                                      ports::Blobs* blobs = nullptr);
absl::StatusOr<std::vector<Finding>> CheckPostgresStore(const std::string& uri,
                                                        ports::Blobs* blobs = nullptr);

}  // namespace perigee::sql
