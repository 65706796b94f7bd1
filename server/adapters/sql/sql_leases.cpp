#include "server/adapters/sql/sql_leases.h"

#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

constexpr int kTriesMax = 4;

// The leases that a server holds, and the free ones.
struct Leased {
  std::vector<ports::Lease> held;
  std::vector<ports::Lease> free;
};

absl::Status ReadLease(Connection& connection, const Uuid& server, const std::string& job,
                       Leased& leased) {
  bool taken = false;
  std::int64_t term = 0;
  PERIGEE_RETURN_IF_ERROR(connection.Query(
      "SELECT l.term, l.holder, s.id FROM lease l LEFT JOIN server s ON s.id = l.holder "
      "WHERE l.job = $1",
      {job}, [&](const Row& row) {
        term = row.Int(0);
        taken = !row.IsNull(2);
        if (taken && row.Id(1) == server) {
          leased.held.push_back({job, term});
        }
      }));
  if (!taken) {
    leased.free.push_back({job, term});
  }
  return absl::OkStatus();
}

// Returns the leases that it took. A lease is taken only at the term at which it was seen free, so
// that only one of several servers takes it.
absl::StatusOr<std::vector<ports::Lease>> Take(Connection& connection, const Uuid& server,
                                               const std::vector<ports::Lease>& free) {
  std::vector<ports::Lease> taken;
  for (const ports::Lease& lease : free) {
    PERIGEE_RETURN_IF_ERROR(
        connection.Query("INSERT INTO lease (job, holder, term) VALUES ($1, $2, $3 + 1) "
                         "ON CONFLICT (job) DO UPDATE SET holder = $2, term = $3 + 1 "
                         "WHERE lease.term = $3 RETURNING term",
                         {lease.job, server, lease.term}, [&](const Row& row) {
                           taken.push_back({lease.job, row.Int(0)});
                         }));
  }
  return taken;
}

}  // namespace

absl::Status SqlLeases::Join(const Uuid& server) {
  return Transact([&](Connection& connection) {
    return connection.Execute("INSERT INTO server (id, signs) VALUES ($1, 0)", {server});
  });
}

absl::StatusOr<std::optional<std::vector<ports::Lease>>> SqlLeases::Renew(
    const Uuid& server, std::span<const std::string> jobs) {
  Leased leased;
  bool present = false;
  const auto note_present = [&](const Row&) { present = true; };
  const absl::Status shown = Transact([&](Connection& connection) -> absl::Status {
    leased = {};
    present = false;
    PERIGEE_RETURN_IF_ERROR(
        connection.Query("UPDATE server SET signs = signs + 1 WHERE id = $1 RETURNING signs",
                         {server}, note_present));
    for (const std::string& job : jobs) {
      PERIGEE_RETURN_IF_ERROR(ReadLease(connection, server, job, leased));
    }
    return absl::OkStatus();
  });
  PERIGEE_RETURN_IF_ERROR(shown);
  // A transaction of its own: a lease under which another server still writes cannot be taken, and
  // the sign must stay.
  if (present && !leased.free.empty()) {
    std::vector<ports::Lease> taken;
    const absl::Status took = Transact([&](Connection& connection) -> absl::Status {
      present = false;
      // Locked, so that no other server removes this one while it takes leases.
      PERIGEE_RETURN_IF_ERROR(connection.Query(
          "SELECT signs FROM server WHERE id = $1 {for_update}", {server}, note_present));
      if (present) {
        PERIGEE_ASSIGN_OR_RETURN(taken, Take(connection, server, leased.free));
      }
      return absl::OkStatus();
    });
    if (took.ok()) {
      leased.held.insert(leased.held.end(), taken.begin(), taken.end());
    } else {
      present = true;  // The sign was written.
    }
  }
  return present ? std::optional(std::move(leased.held)) : std::nullopt;
}

absl::StatusOr<std::map<Uuid, std::int64_t>> SqlLeases::Servers() {
  std::map<Uuid, std::int64_t> servers;
  PERIGEE_RETURN_IF_ERROR(Transact([&](Connection& connection) {
    servers.clear();
    return connection.Query("SELECT id, signs FROM server", {},
                            [&](const Row& row) { servers[row.Id(0)] = row.Int(1); });
  }));
  return servers;
}

absl::StatusOr<bool> SqlLeases::Remove(const Uuid& server, std::optional<std::int64_t> signs) {
  bool removed = false;
  PERIGEE_RETURN_IF_ERROR(Transact([&](Connection& connection) {
    removed = false;
    const auto visit = [&](const Row&) { removed = true; };
    return signs.has_value()
               ? connection.Query("DELETE FROM server WHERE id = $1 AND signs = $2 RETURNING signs",
                                  {server, *signs}, visit)
               : connection.Query("DELETE FROM server WHERE id = $1 RETURNING signs", {server},
                                  visit);
  }));
  return removed;
}

absl::Status SqlLeases::Transact(const std::function<absl::Status(Connection& connection)>& body) {
  const std::lock_guard lock(mutex_);
  absl::Status status;
  for (int tries = 0; tries < kTriesMax; ++tries) {
    status = TransactOnce(body);
    if (ReasonOf(status) != Reason::kConflict) {
      break;
    }
  }
  return status;
}

absl::Status SqlLeases::TransactOnce(
    const std::function<absl::Status(Connection& connection)>& body) {
  if (connection_ == nullptr || connection_->Lost()) {
    PERIGEE_ASSIGN_OR_RETURN(connection_, database_.Connect(Database::Access::kAside));
  }
  PERIGEE_RETURN_IF_ERROR(connection_->BeginWrite());
  absl::Status status = body(*connection_);
  if (status.ok()) {
    return connection_->Commit();
  }
  connection_->Rollback();
  return status;
}

absl::Status CheckHeld(Connection& connection, const ports::Lease& lease) {
  bool held = false;
  PERIGEE_RETURN_IF_ERROR(
      connection.Query("SELECT term FROM lease WHERE job = $1 {for_update}", {lease.job},
                       [&](const Row& row) { held = row.Int(0) == lease.term; }));
  return held ? absl::OkStatus()
              : Error(Reason::kConflict, "the lease was taken: another server does this job now");
}

}  // namespace perigee::sql
