#include "server/adapters/sql/sql_leases.h"

#include <string_view>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

constexpr int kTriesMax = 4;

struct Found {
  ports::Lease lease;
  bool held = false;
};

// What a server holds of a job, and what is free of it, by programme.
absl::StatusOr<std::vector<Found>> Find(Connection& connection, const Uuid& server,
                                        const std::string& job) {
  std::vector<Found> found;
  PERIGEE_RETURN_IF_ERROR(
      connection.Query("SELECT p.id, l.term, l.holder FROM program p "
                       "LEFT JOIN lease l ON l.program = p.id AND l.job = $1 "
                       "WHERE l.holder IS NULL OR l.holder = $2 "
                       "OR NOT EXISTS (SELECT 1 FROM server s WHERE s.id = l.holder) ORDER BY p.id",
                       {job, server}, [&](const Row& row) {
                         found.push_back({{row.Text(0), job, row.IsNull(1) ? 0 : row.Int(1)},
                                          !row.IsNull(2) && row.Id(2) == server});
                       }));
  return found;
}

// Takes those that are free, each only from the term it was seen free at: of several who saw it,
// one takes it. Keeps those that are held then.
absl::Status Take(Connection& connection, const Uuid& server, std::vector<Found>& found) {
  constexpr std::size_t kWidth = 4;
  std::vector<std::size_t> free;
  std::vector<Value> values;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i].held) {
      const ports::Lease& lease = found[i].lease;
      free.push_back(i);
      values.insert(values.end(), {lease.program, lease.job, server, lease.term});
    }
  }
  PERIGEE_RETURN_IF_ERROR(connection.QueryMany(
      "INSERT INTO lease (program, job, holder, term) VALUES ($1, $2, $3, $4 + 1) "
      "ON CONFLICT (program, job) DO UPDATE SET holder = $3, term = $4 + 1 "
      "WHERE lease.term = $4 RETURNING term",
      values, kWidth, [&](std::size_t run, const Row& row) {
        found[free[run]].held = true;
        found[free[run]].lease.term = row.Int(0);
      }));
  std::erase_if(found, [](const Found& lease) { return !lease.held; });
  return absl::OkStatus();
}

using Holding = std::optional<std::vector<ports::Lease>>;

constexpr std::string_view kShowSign =
    "UPDATE server SET signs = signs + 1 WHERE id = $1 RETURNING signs";
// So that nobody removes a server while it takes something.
constexpr std::string_view kLockServer = "SELECT signs FROM server WHERE id = $1 {for_update}";

absl::Status Look(Connection& connection, const Uuid& server, std::span<const std::string> jobs,
                  std::vector<ports::Lease>& held, bool& any_free) {
  any_free = false;
  for (const std::string& job : jobs) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<Found> leases, Find(connection, server, job));
    for (Found& found : leases) {
      any_free |= !found.held;
      if (found.held) {
        held.push_back(std::move(found.lease));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status TakeFree(Connection& connection, const Uuid& server, std::span<const std::string> jobs,
                      std::vector<ports::Lease>& held) {
  for (const std::string& job : jobs) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<Found> leases, Find(connection, server, job));
    PERIGEE_RETURN_IF_ERROR(Take(connection, server, leases));
    for (Found& found : leases) {
      held.push_back(std::move(found.lease));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SqlLeases::Join(const Uuid& server) {
  return Transact([&](Connection& connection) {
    return connection.Execute("INSERT INTO server (id, signs) VALUES ($1, 0)", {server});
  });
}

absl::StatusOr<std::optional<std::vector<ports::Lease>>> SqlLeases::Renew(
    const Uuid& server, std::span<const std::string> jobs) {
  Holding holding;
  bool any_free = false;
  // The sign first, for itself: a lease that cannot be taken, as somebody still writes under it,
  // must not cost those that are held.
  const absl::Status shown = Transact([&](Connection& connection) -> absl::Status {
    holding.reset();
    PERIGEE_RETURN_IF_ERROR(
        connection.Query(kShowSign, {server}, [&](const Row&) { holding.emplace(); }));
    return holding ? Look(connection, server, jobs, *holding, any_free) : absl::OkStatus();
  });
  PERIGEE_RETURN_IF_ERROR(shown);
  if (any_free) {
    Holding more;
    const absl::Status taken = Transact([&](Connection& connection) -> absl::Status {
      more.reset();
      PERIGEE_RETURN_IF_ERROR(
          connection.Query(kLockServer, {server}, [&](const Row&) { more.emplace(); }));
      return more ? TakeFree(connection, server, jobs, *more) : absl::OkStatus();
    });
    if (taken.ok()) {
      holding = std::move(more);
    }
  }
  return holding;
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
  const absl::Status status = body(*connection_);
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
