#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/base/driver.h"
#include "server/ports/leases.h"

namespace perigee::sql {

// ports::Leases in the store's own tables. Uses a connection of its own, so that signs of life do
// not wait behind other writes.
class SqlLeases final : public ports::Leases {
 public:
  explicit SqlLeases(const Database& database) : database_(database) {}

  absl::Status Join(const Uuid& server) override;
  absl::StatusOr<std::optional<std::vector<ports::Lease>>> Renew(
      const Uuid& server, std::span<const std::string> jobs) override;
  absl::StatusOr<std::map<Uuid, std::int64_t>> Servers() override;
  absl::StatusOr<bool> Remove(const Uuid& server, std::optional<std::int64_t> signs) override;

 private:
  // One transaction. Runs again if it loses to another transaction.
  absl::Status Transact(const std::function<absl::Status(Connection& connection)>& body);
  absl::Status TransactOnce(const std::function<absl::Status(Connection& connection)>& body);

  const Database& database_;
  std::mutex mutex_;  // Guards the connection.
  std::unique_ptr<Connection> connection_;
};

// kConflict if another server has taken the lease. No server can take it until the open
// transaction, which writes, is over.
absl::Status CheckHeld(Connection& connection, const ports::Lease& lease);

}  // namespace perigee::sql
