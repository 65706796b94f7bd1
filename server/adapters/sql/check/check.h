#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace perigee::sql {

class Connection;

// Something that is wrong, as an English sentence that names the place.
struct Finding {
  std::string program;
  std::string what;
};

// The findings kept of one programme; what goes wrong more often than that is not told one by one.
inline constexpr std::size_t kFindingsMax = 100;

// Holds every programme's rows against its journal, and both against the invariants of the books:
// the chain of hashes, its order in time and its head; transfers, postings, scores, activities and
// edges equal to the entries; accounts, holds, lots and caps equal to what follows from the
// transfers; assets that add up to zero; nobody below zero who must not be; reversals within their
// originals; members, assets, rules and boards as last recorded; results equal to their digests.
// Empty: all is well. Reads one consistent view; a server may run meanwhile. Memory grows with
// accounts and members, not with transfers.
absl::StatusOr<std::vector<Finding>> Check(Connection& connection);

// The same for a store in a SQLite file, and for one in a PostgreSQL database.
absl::StatusOr<std::vector<Finding>> CheckSqliteStore(const std::string& path);
absl::StatusOr<std::vector<Finding>> CheckPostgresStore(const std::string& uri);

}  // namespace perigee::sql
