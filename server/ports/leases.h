#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/uuid.h"

namespace perigee::ports {

// The right to do a job, which one server has at a time. A unit of work that carries it is refused
// once another server has taken it.
struct Lease {
  std::string job;
  std::int64_t term = 0;  // Counts how often it was taken.
  auto operator<=>(const Lease&) const = default;
};

// Where the servers on one store agree which of them does a job. A server is present from Join
// until it is removed; its leases are held as long as it is present, and free afterwards. No time
// is in it: jobs::LeaseKeeper says when a server counts as gone. Safe from many threads. Calls
// answer kStoreUnavailable if the store is away, when nobody knows whether they were done, and
// kConflict if they lost to another server too often, when they were not.
class Leases {
 public:
  virtual ~Leases() = default;

  // Makes a server present, under an id that was never used before.
  virtual absl::Status Join(const Uuid& server) = 0;

  // Raises the server's count of signs of life and takes the leases of these jobs that are free.
  // Answers all of them that it holds; nullopt if it is not present, and holds nothing.
  virtual absl::StatusOr<std::optional<std::vector<Lease>>> Renew(
      const Uuid& server, std::span<const std::string> jobs) = 0;

  // All servers that are present, with their counts of signs.
  virtual absl::StatusOr<std::map<Uuid, std::int64_t>> Servers() = 0;

  // Makes a server no longer present, if it still stands at `signs` (absent: wherever it stands).
  // Whether it was so.
  virtual absl::StatusOr<bool> Remove(const Uuid& server, std::optional<std::int64_t> signs) = 0;
};

}  // namespace perigee::ports
