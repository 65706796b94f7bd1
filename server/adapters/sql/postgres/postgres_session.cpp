#include "server/adapters/sql/postgres/postgres_session.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "absl/strings/ascii.h"
#include "server/adapters/sql/postgres/postgres_errors.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kSqlStateSize = 5;

// The SQLSTATE at the end of the message, as PQERRORS_SQLSTATE gives it. For a failed attempt to
// connect this is the only place that has it.
absl::Status ConnectFailure(PGconn* conn) {
  const std::string_view text = PQerrorMessage(conn);
  const std::size_t end = text.find_last_not_of(" \n") + 1;
  const std::size_t start = text.find_last_of(" \n", end == 0 ? 0 : end - 1) + 1;
  const std::string_view state = text.substr(start, end - start);
  const bool is_state = state.size() == kSqlStateSize && std::ranges::all_of(state, [](char c) {
                          return absl::ascii_isupper(static_cast<unsigned char>(c)) ||
                                 absl::ascii_isdigit(static_cast<unsigned char>(c));
                        });
  if (is_state) {
    return StatusOfSqlState(state);
  }
  return Error(Reason::kStoreUnavailable,
               "the store's server cannot be reached: check the URI, and that it runs");
}

void DropNotice(void*, const char*) {}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresSession>> PostgresSession::Connect(
    const std::string& uri, const PostgresLimits& limits, const std::string& settings) {
  std::unique_ptr<PostgresSession> session(new PostgresSession(PQconnectStart(uri.c_str())));
  PERIGEE_RETURN_IF_ERROR(session->Open(limits));
  session->silence_ = limits.connect;
  PERIGEE_RETURN_IF_ERROR(session->Run(settings));
  session->silence_ = limits.silence;
  return session;
}

absl::Status PostgresSession::Open(const PostgresLimits& limits) {
  PGconn* conn = conn_.get();
  if (conn == nullptr) {
    return Error(Reason::kStoreUnavailable, "there is no memory left for a connection");
  }
  // Notices and errors may hold data.
  PQsetNoticeProcessor(conn, DropNotice, nullptr);
  PQsetErrorVerbosity(conn, PQERRORS_SQLSTATE);
  const Deadline deadline = steady_clock::now() + limits.connect;
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  while (PQstatus(conn) != CONNECTION_BAD && next != PGRES_POLLING_OK) {
    const std::int16_t event = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (Wait(event, deadline) == 0) {
      return Error(Reason::kStoreUnavailable,
                   "the store's server does not answer: check the URI, and that it runs");
    }
    next = PQconnectPoll(conn);
  }
  if (PQstatus(conn) != CONNECTION_OK || PQsetnonblocking(conn, 1) != 0) {
    return ConnectFailure(conn);
  }
  const char* encoding = PQparameterStatus(conn, "server_encoding");
  if (encoding == nullptr || std::string_view(encoding) != "UTF8") {
    return Error(Reason::kStoreUnavailable,
                 "the database has another encoding than UTF8: make one with it");
  }
  return absl::OkStatus();
}

std::int16_t PostgresSession::Wait(std::int16_t events, Deadline deadline) const {
  pollfd descriptor{PQsocket(conn_.get()), events, 0};
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    const int ready =
        poll(&descriptor, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready >= 0) {
      return descriptor.revents;
    }
    if (errno != EINTR) {
      return POLLERR;
    }
  }
}

absl::Status PostgresSession::Lose() {
  lost_ = true;
  return ConnectionLost();
}

absl::Status PostgresSession::Move(bool sending) {
  const std::int16_t ready =
      Wait(sending ? POLLIN | POLLOUT : POLLIN, steady_clock::now() + silence_);
  if (ready == 0 || ((ready & ~POLLOUT) != 0 && PQconsumeInput(conn_.get()) == 0)) {
    return Lose();
  }
  return absl::OkStatus();
}

absl::Status PostgresSession::Flush() {
  while (true) {
    const int left = PQflush(conn_.get());
    if (left < 0) {
      return Lose();
    }
    if (left == 0) {
      return absl::OkStatus();
    }
    PERIGEE_RETURN_IF_ERROR(Move(true));
  }
}

absl::StatusOr<PostgresResult> PostgresSession::Next() {
  while (PQisBusy(conn_.get()) != 0) {
    const int left = PQflush(conn_.get());
    if (left < 0) {
      return Lose();
    }
    PERIGEE_RETURN_IF_ERROR(Move(left == 1));
  }
  PostgresResult result(PQgetResult(conn_.get()));
  if (PQstatus(conn_.get()) == CONNECTION_BAD) {
    lost_ = true;
  }
  return result;
}

absl::Status PostgresSession::Run(const std::string& script) {
  if (PQsendQuery(conn_.get(), script.c_str()) == 0) {
    return Lose();
  }
  absl::Status first;
  while (true) {
    PERIGEE_ASSIGN_OR_RETURN(const PostgresResult result, Next());
    if (result == nullptr) {
      return first;
    }
    if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR && first.ok()) {
      const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
      first = state == nullptr ? Lose() : StatusOfSqlState(state);
    }
  }
}

void PostgresSession::Poll() {
  while (!lost_ && Wait(POLLIN, {}) != 0) {
    if (PQconsumeInput(conn_.get()) == 0) {
      lost_ = true;
    }
  }
}

}  // namespace perigee::sql
