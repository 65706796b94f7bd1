#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace perigee::sql {

// Time limits. This process enforces the first two, the server the others. 0 means no limit.
struct PostgresLimits {
  std::chrono::milliseconds connect{2'000};
  // The longest wait for the next byte. A server that is silent for longer counts as dead.
  std::chrono::milliseconds silence{10'000};
  std::chrono::milliseconds statement{8'000};
  std::chrono::milliseconds lock{3'000};
  // The longest pause within a transaction.
  std::chrono::milliseconds idle{10'000};
};

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using PostgresResult = std::unique_ptr<PGresult, ClearResult>;

// A libpq connection that never blocks for longer than its limits. Not for several threads.
class PostgresSession {
 public:
  // Connects and runs `settings`, a script. kStoreUnavailable, with advice, if that fails.
  static absl::StatusOr<std::unique_ptr<PostgresSession>> Connect(const std::string& uri,
                                                                  const PostgresLimits& limits,
                                                                  const std::string& settings);

  // Sends all data that libpq holds back, and reads incoming data meanwhile, because otherwise both
  // ends could wait for the other to read.
  absl::Status Flush();
  // The next result. Null at the end of a statement's results.
  absl::StatusOr<PostgresResult> Next();
  // Runs a script outside of pipeline mode. No statement may be under way.
  absl::Status Run(const std::string& script);

  // Reads unrequested data, without waiting.
  void Poll();
  bool lost() const { return lost_; }
  // Marks the connection as lost and returns the status for that.
  absl::Status Lose();
  PGconn* conn() const { return conn_.get(); }

 private:
  struct Finish {
    void operator()(PGconn* conn) const { PQfinish(conn); }
  };
  using Deadline = std::chrono::steady_clock::time_point;

  explicit PostgresSession(PGconn* conn) : conn_(conn) {}
  absl::Status Open(const PostgresLimits& limits);
  // Waits for one of the events. Returns the events, or 0 at the deadline.
  std::int16_t Wait(std::int16_t events, Deadline deadline) const;
  // Waits for data and reads it. `sending` is PQflush's answer.
  absl::Status Move(bool sending);

  std::unique_ptr<PGconn, Finish> conn_;
  std::chrono::milliseconds silence_{};
  bool lost_ = false;
};

}  // namespace perigee::sql
