#include "server/adapters/sql/sql_leases.h"

#include <cstddef>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

constexpr int kTriesMax = 4;

// What a server holds, and what nobody does.
struct Leased {
  std::vector<ports::Lease> held;
  std::vector<ports::Lease> free;
};

absl::Status Find(Connection& connection, const Uuid& server, const std::string& job,
                  Leased& leased) {
  return connection.Query(
      "SELECT p.program, l.term, l.holder FROM program p "
      "LEFT JOIN lease l ON l.program = p.program AND l.job = $1 "
      "WHERE l.holder IS NULL OR l.holder = $2 "
      "OR NOT EXISTS (SELECT 1 FROM server s WHERE s.id = l.holder) ORDER BY p.program",
      {job, server}, [&](const Row& row) {
        const bool held = !row.IsNull(2) && row.Id(2) == server;
        (held ? leased.held : leased.free)
            .push_back({row.Text(0), job, row.IsNull(1) ? 0 : row.Int(1)});
      });
}

// Answers those it took, each only from the term it was seen free at: of several who saw it, one
// takes it.
absl::StatusOr<std::vector<ports::Lease>> Take(Connection& connection, const Uuid& server,
                                               const std::vector<ports::Lease>& free) {
  constexpr std::size_t kWidth = 4;
  std::vector<Value> values;
  for (const ports::Lease& lease : free) {
    values.insert(values.end(), {lease.program, lease.job, server, lease.term});
  }
  std::vector<ports::Lease> taken;
  PERIGEE_RETURN_IF_ERROR(connection.QueryMany(
      "INSERT INTO lease (program, job, holder, term) VALUES ($1, $2, $3, $4 + 1) "
      "ON CONFLICT (program, job) DO UPDATE SET holder = $3, term = $4 + 1 "
      "WHERE lease.term = $4 RETURNING term",
      values, kWidth, [&](std::size_t run, const Row& row) {
        taken.push_back({free[run].program, free[run].job, row.Int(0)});
      }));
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
      PERIGEE_RETURN_IF_ERROR(Find(connection, server, job, leased));
    }
    return absl::OkStatus();
  });
  PERIGEE_RETURN_IF_ERROR(shown);
  // Apart from the sign: what cannot be taken, as somebody still writes under it, must not cost
  // what is held.
  if (present && !leased.free.empty()) {
    std::vector<ports::Lease> taken;
    const absl::Status took = Transact([&](Connection& connection) -> absl::Status {
      present = false;
      // Locked, so that nobody removes a server that takes something.
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
      present = true;  // The sign was shown.
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
  PERIGEE_RETURN_IF_ERROR(connection.Query(
      "SELECT term FROM lease WHERE program = $1 AND job = $2 {for_update}",
      {lease.program, lease.job}, [&](const Row& row) { held = row.Int(0) == lease.term; }));
  return held ? absl::OkStatus()
              : Error(Reason::kConflict, "the lease was taken: another server does this job now");
}

}  // namespace perigee::sql
