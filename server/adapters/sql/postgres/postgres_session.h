#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace perigee::sql {

// How long things may take. The first two are kept here, the others by the server; 0 is for ever.
struct PostgresLimits {
  std::chrono::milliseconds connect{2'000};
  // The longest wait for the next byte; a server that is silent for longer is taken for dead.
  std::chrono::milliseconds silence{10'000};
  std::chrono::milliseconds statement{8'000};
  std::chrono::milliseconds lock{3'000};
  // A transaction that nothing is heard of.
  std::chrono::milliseconds idle{10'000};
};

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using PostgresResult = std::unique_ptr<PGresult, ClearResult>;

// A libpq connection that never blocks for longer than its limits. Not for several threads.
class PostgresSession {
 public:
  // Connects and runs `settings`, a script. kStoreUnavailable, with what to do, if that fails.
  static absl::StatusOr<std::unique_ptr<PostgresSession>> Connect(const std::string& uri,
                                                                  const PostgresLimits& limits,
                                                                  const std::string& settings);

  // Sends all that libpq holds back, and reads what comes meanwhile: both ends could be waiting for
  // the other to read.
  absl::Status Flush();
  // The next result; null where libpq ends those of a statement.
  absl::StatusOr<PostgresResult> Next();
  // Runs a script outside of pipeline mode, with nothing on the way.
  absl::Status Run(const std::string& script);

  // Reads what came without being asked for, without waiting.
  void Poll();
  bool lost() const { return lost_; }
  // Ends the use of the connection; the status that says so.
  absl::Status Lose();
  PGconn* conn() const { return conn_.get(); }

 private:
  struct Finish {
    void operator()(PGconn* conn) const { PQfinish(conn); }
  };
  using Deadline = std::chrono::steady_clock::time_point;

  explicit PostgresSession(PGconn* conn) : conn_(conn) {}
  absl::Status Open(const PostgresLimits& limits);
  // Until one of the events is there; the events, or 0 at the deadline.
  std::int16_t Wait(std::int16_t events, Deadline deadline) const;
  // Waits and reads what came; `sending` as PQflush answered.
  absl::Status Move(bool sending);

  std::unique_ptr<PGconn, Finish> conn_;
  std::chrono::milliseconds silence_{};
  bool lost_ = false;
};

}  // namespace perigee::sql
