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

// The right to do a job, which one server has at a time. A unit of work that carries the lease is
// refused once another server has taken it.
struct Lease {
  std::string job;
  std::int64_t term = 0;  // Counts how often the lease was taken.
  auto operator<=>(const Lease&) const = default;
};

// The servers on one store agree here which of them does a job. A server is present from Join until
// it is removed. It holds its leases as long as it is present; afterwards they are free. Leases
// know no time: jobs::LeaseKeeper decides when a server counts as gone. Safe from many threads.
// Calls answer kStoreUnavailable if the store is away (the change may or may not be made), and
// kConflict if they lost to another server too often (nothing is changed).
class Leases {
 public:
  virtual ~Leases() = default;

  // Makes a server present, under an id that was never used before.
  virtual absl::Status Join(const Uuid& server) = 0;

  // Raises the server's count of signs of life and takes the free leases of these jobs. Returns all
  // leases of these jobs that the server holds; nullopt if the server is not present, and so holds
  // none.
  virtual absl::StatusOr<std::optional<std::vector<Lease>>> Renew(
      const Uuid& server, std::span<const std::string> jobs) = 0;

  // All servers that are present, with their counts of signs of life.
  virtual absl::StatusOr<std::map<Uuid, std::int64_t>> Servers() = 0;

  // Makes a server no longer present if its count is still `signs` (absent: whatever the count).
  // Returns whether the server was removed.
  virtual absl::StatusOr<bool> Remove(const Uuid& server, std::optional<std::int64_t> signs) = 0;
};

}  // namespace perigee::ports
