#include "server/adapters/sql/postgres/postgres_driver.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <deque>
#include <unordered_map>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/adapters/sql/postgres/postgres_errors.h"
#include "server/adapters/sql/postgres/postgres_heads.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

constexpr Oid kInt8Oid = 20;
constexpr Oid kTextOid = 25;
constexpr Oid kByteaOid = 17;
constexpr int kBinary = 1;
// Deferred statements are flushed when this many bytes wait, and their answers are awaited when
// there are this many statements, so that neither end keeps much of them.
constexpr std::size_t kFlushBytes = std::size_t{16} * 1024;
constexpr std::size_t kUnansweredMax = 4096;
constexpr std::size_t kUsualValues = 16;

// The locks on heads keep servers apart, so each statement may have its own view.
constexpr Sql kDiscardPlans = "DISCARD PLANS";
// A session plans its statements anew after so many of them, then after ever more.
constexpr std::int64_t kFirstReplan = 1000;
constexpr std::int64_t kReplanGrowth = 4;
constexpr Sql kBeginWrite = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE";
constexpr Sql kBeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
constexpr Sql kCommit = "COMMIT";
constexpr Sql kRollback = "ROLLBACK";

// The keys stand in a schema beside that of the book, as `public_keys` beside `public`. A
// connection of Access::kKeys has that alone in its path, the others have it as the last.
constexpr const char* kMakeKeysSchema =
    "DO $$ BEGIN EXECUTE 'CREATE SCHEMA IF NOT EXISTS ' || current_setting('search_path'); END $$;";
constexpr const char* kKeysPath =
    "; SELECT set_config('search_path', quote_ident(current_schema() || '_keys'), false)"
    " WHERE current_schema() IS NOT NULL";
constexpr const char* kBookPath =
    "; SELECT set_config('search_path', current_setting('search_path') || ', ' ||"
    " quote_ident(current_schema() || '_keys'), false) WHERE current_schema() IS NOT NULL";

std::uint64_t BigEndian(std::uint64_t v) {
  static_assert(std::endian::native == std::endian::little);
  return __builtin_bswap64(v);
}

std::string Filled(std::string_view sql) {
  return absl::StrReplaceAll(absl::string_view(sql.data(), sql.size()),
                             {{"{text}", "TEXT COLLATE \"C\""},
                              {"{blob}", "BYTEA"},
                              {"{clustered}", ""},
                              {"{nil}", "''::BYTEA"},
                              {"{for_update}", "FOR UPDATE"},
                              {"{keys_schema}", kMakeKeysSchema}});
}

// A null takes the type that the statement gives it.
Oid TypeOf(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kInt:
      return kInt8Oid;
    case Value::Kind::kText:
      return kTextOid;
    case Value::Kind::kBlob:
      return kByteaOid;
    case Value::Kind::kNull:
      break;
  }
  return 0;
}

// A row of a result in binary.
class PostgresRow final : public Row {
 public:
  PostgresRow(const PGresult* result, int row) : result_(result), row_(row) {}
  bool IsNull(int column) const override { return PQgetisnull(result_, row_, column) != 0; }
  std::int64_t Int(int column) const override {
    const std::string_view bytes = Bytes(column);
    if (bytes.size() == sizeof(std::int64_t)) {
      std::uint64_t v = 0;
      std::memcpy(&v, bytes.data(), sizeof v);
      return static_cast<std::int64_t>(BigEndian(v));
    }
    return 0;
  }
  std::string_view Bytes(int column) const override {
    return {PQgetvalue(result_, row_, column),
            static_cast<std::size_t>(PQgetlength(result_, row_, column))};
  }

 private:
  const PGresult* result_;
  int row_;
};

class PostgresConnection final : public Connection {
 public:
  explicit PostgresConnection(std::unique_ptr<PostgresSession> session)
      : session_(std::move(session)) {}

  absl::Status Query(Sql sql, Values values, absl::FunctionRef<void(const Row&)> visit) override {
    PERIGEE_RETURN_IF_ERROR(Send(sql, values, Answer::kStream, 0,
                                 Shared([visit](std::size_t, const Row& row) { visit(row); })));
    return Sync();
  }

  absl::Status Ask(Sql sql, Values values, std::size_t width, VisitRun visit) override {
    const SharedVisit shared = Shared(std::move(visit));
    for (std::size_t run = 0; run * width < values.size(); ++run) {
      PERIGEE_RETURN_IF_ERROR(
          Send(sql, values.subspan(run * width, width), Answer::kRows, run, shared));
    }
    return Usable();
  }

  absl::Status Sync() override {
    PERIGEE_RETURN_IF_ERROR(Usable());
    if (expected_.empty()) {
      return absl::OkStatus();
    }
    absl::Status first = SendSync();
    if (first.ok()) {
      first = Flush();
    }
    while (!session_->lost() && !expected_.empty()) {
      const Expected expected = std::move(expected_.front());
      expected_.pop_front();
      absl::Status status = Take(expected);
      if (first.ok()) {
        first = std::move(status);
      }
    }
    const bool unreadable = std::exchange(unreadable_, false);
    return first.ok() && unreadable ? UnreadableRow() : Note(std::move(first));
  }

  absl::Status Execute(Sql sql, Values values) override {
    PERIGEE_RETURN_IF_ERROR(Send(sql, values, Answer::kNothing));
    if (transaction_ != Transaction::kWrite || expected_.size() >= kUnansweredMax) {
      return Sync();
    }
    return absl::OkStatus();
  }

  absl::Status Run(const std::string& script) override {
    PERIGEE_RETURN_IF_ERROR(Sync());
    if (PQexitPipelineMode(session_->conn()) == 0) {
      return Note(session_->Lose());
    }
    absl::Status status = session_->Run(Filled(script));
    if (!session_->lost() && PQenterPipelineMode(session_->conn()) == 0) {
      status = session_->Lose();
    }
    return Note(std::move(status));
  }

  absl::Status BeginRead() override { return Begin(kBeginRead, Transaction::kRead); }
  absl::Status BeginWrite() override { return Begin(kBeginWrite, Transaction::kWrite); }

  absl::Status Commit() override {
    absl::Status status = Send(kCommit, {}, Answer::kCommitted);
    if (status.ok()) {
      status = Sync();
      if (session_->lost()) {
        status = Error(Reason::kStoreUnavailable,
                       "the connection to the store's server was lost in the middle of a commit: "
                       "send the same request again, which tells whether it was written");
      }
    }
    if (status.ok()) {
      transaction_ = Transaction::kNone;
    } else {
      Rollback();
    }
    return status;
  }

  void Rollback() override {
    if (transaction_ != Transaction::kNone && !session_->lost()) {
      End();
    }
    transaction_ = Transaction::kNone;
    broken_ = absl::OkStatus();
  }

  // A vacuum would leave the bytes too, and only a rewrite of the table removes them.
  absl::StatusOr<bool> Wipe() override { return true; }

  absl::Status Broken() const override { return broken_; }

  bool Lost() override {
    if (transaction_ == Transaction::kNone) {
      session_->Poll();
    }
    return session_->lost();
  }

 private:
  enum class Transaction : std::uint8_t { kNone, kRead, kWrite };
  // The answer that a sent statement expects. kStream is for possibly many rows. kSync ends the
  // part that the server skips after a failure.
  enum class Answer : std::uint8_t { kPrepared, kNothing, kRows, kStream, kCommitted, kSync };
  using SharedVisit = std::shared_ptr<const VisitRun>;
  struct Expected {
    Answer answer;
    const char* sql = nullptr;
    std::size_t run = 0;
    SharedVisit visit = nullptr;
  };

  static SharedVisit Shared(VisitRun visit) {
    return std::make_shared<const VisitRun>(std::move(visit));
  }

  absl::Status Usable() const { return session_->lost() ? ConnectionLost() : broken_; }

  // Remembers the failure that breaks the transaction.
  absl::Status Note(absl::Status status) {
    if (!status.ok() && transaction_ != Transaction::kNone && broken_.ok()) {
      broken_ = status;
    }
    return status;
  }

  absl::Status Begin(Sql sql, Transaction transaction) {
    // A plan that PostgreSQL made while a table was small may look through a whole programme, and a
    // session keeps it until the table is analysed: a minute of an import into a new store.
    if (sent_ >= replan_at_) {
      replan_at_ = sent_ * kReplanGrowth;
      PERIGEE_RETURN_IF_ERROR(Send(kDiscardPlans, {}, Answer::kNothing));
      // Otherwise it would be the first statement of the transaction, which must set the isolation.
      PERIGEE_RETURN_IF_ERROR(SendSync());
    }
    PERIGEE_RETURN_IF_ERROR(Send(sql, {}, Answer::kNothing));
    transaction_ = transaction;
    return absl::OkStatus();
  }

  // Ends the transaction on the server. The end of a transaction that only read is not awaited.
  void End() {
    broken_ = absl::OkStatus();
    for (Expected& expected : expected_) {
      expected.visit = nullptr;  // The caller of Ask is gone.
    }
    if (!SendSync().ok() || !Send(kRollback, {}, Answer::kNothing).ok()) {
      return;
    }
    if (transaction_ == Transaction::kRead) {
      if (SendSync().ok()) {
        session_->Flush().IgnoreError();
      }
    } else {
      Sync().IgnoreError();
    }
  }

  absl::Status Send(Sql sql, Values values, Answer answer, std::size_t run = 0,
                    SharedVisit visit = nullptr) {
    PERIGEE_RETURN_IF_ERROR(Usable());
    const std::string* name = Prepare(sql, values);
    if (name == nullptr) {
      return Note(session_->Lose());
    }
    absl::InlinedVector<const char*, kUsualValues> data(values.size());
    absl::InlinedVector<int, kUsualValues> sizes(values.size());
    absl::InlinedVector<int, kUsualValues> formats(values.size(), kBinary);
    absl::InlinedVector<std::uint64_t, kUsualValues> numbers(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Value& value = values[i];
      if (value.kind() == Value::Kind::kInt) {
        numbers[i] = BigEndian(static_cast<std::uint64_t>(value.as_int()));
        data[i] = reinterpret_cast<const char*>(&numbers[i]);
        sizes[i] = sizeof numbers[i];
      } else if (value.kind() != Value::Kind::kNull) {
        data[i] = value.bytes().data() == nullptr ? "" : value.bytes().data();
        sizes[i] = static_cast<int>(value.bytes().size());
      }
      waiting_bytes_ += static_cast<std::size_t>(sizes[i]);
    }
    if (PQsendQueryPrepared(session_->conn(), name->c_str(), static_cast<int>(values.size()),
                            data.data(), sizes.data(), formats.data(), kBinary) == 0) {
      return Note(session_->Lose());
    }
    expected_.push_back({answer, nullptr, run, std::move(visit)});
    ++sent_;
    waiting_bytes_ += kUsualValues;
    return waiting_bytes_ < kFlushBytes ? absl::OkStatus() : Note(Flush());
  }

  // The name of the statement, which is prepared first if needed. Null if nothing can be sent.
  const std::string* Prepare(Sql sql, Values values) {
    const auto [found, added] = prepared_.try_emplace(sql.name());
    if (added) {
      found->second = absl::StrCat("p", ++names_);
      absl::InlinedVector<Oid, kUsualValues> types;
      for (const Value& value : values) {
        types.push_back(TypeOf(value));
      }
      if (PQsendPrepare(session_->conn(), found->second.c_str(), Filled(sql.text()).c_str(),
                        static_cast<int>(types.size()), types.data()) == 0) {
        return nullptr;
      }
      expected_.push_back({Answer::kPrepared, sql.name()});
    }
    return &found->second;
  }

  absl::Status SendSync() {
    if (PQpipelineSync(session_->conn()) == 0) {
      return session_->Lose();
    }
    expected_.push_back({Answer::kSync});
    return absl::OkStatus();
  }

  absl::Status Flush() {
    waiting_bytes_ = 0;
    return session_->Flush();
  }

  absl::Status Take(const Expected& expected) {
    if (expected.answer == Answer::kSync) {
      PERIGEE_ASSIGN_OR_RETURN(const PostgresResult result, session_->Next());
      return PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC ? absl::OkStatus()
                                                                 : session_->Lose();
    }
    if (expected.answer == Answer::kStream) {
      PQsetSingleRowMode(session_->conn());
    }
    absl::Status status;
    while (true) {
      PERIGEE_ASSIGN_OR_RETURN(const PostgresResult result, session_->Next());
      if (result == nullptr) {
        return status;
      }
      const ExecStatusType kind = PQresultStatus(result.get());
      if (kind == PGRES_FATAL_ERROR) {
        status = Failure(result.get());
      } else if (expected.answer == Answer::kCommitted && kind == PGRES_COMMAND_OK &&
                 kCommit.text() != PQcmdStatus(result.get())) {
        status = Error(Reason::kInternal,
                       "the store rolled back the transaction instead of committing it");
      }
      if (expected.answer == Answer::kPrepared && kind != PGRES_COMMAND_OK) {
        prepared_.erase(expected.sql);
      }
      const int rows = expected.visit != nullptr ? PQntuples(result.get()) : 0;
      for (int row = 0; row < rows; ++row) {
        const PostgresRow of_result(result.get(), row);
        (*expected.visit)(expected.run, of_result);
        unreadable_ = unreadable_ || of_result.failed();
      }
      if (session_->lost()) {
        return status.ok() ? ConnectionLost() : status;
      }
    }
  }

  absl::Status Failure(const PGresult* result) {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return state == nullptr ? session_->Lose() : StatusOfSqlState(state);
  }

  std::unique_ptr<PostgresSession> session_;
  std::unordered_map<const char*, std::string> prepared_;  // The names.
  std::uint64_t names_ = 0;
  std::deque<Expected> expected_;
  std::int64_t sent_ = 0;  // Statements.
  std::int64_t replan_at_ = kFirstReplan;
  std::size_t waiting_bytes_ = 0;
  Transaction transaction_ = Transaction::kNone;
  absl::Status broken_;
  bool unreadable_ = false;  // A row failed that was visited since the last Sync.
};

// Settings for the whole life of the connection. A commit must be on disk, whatever the server's
// default is.
std::string Settings(const PostgresLimits& limits, Database::Access access) {
  return absl::StrCat("SET statement_timeout = ", limits.statement.count(),
                      "; SET lock_timeout = ", limits.lock.count(),
                      "; SET idle_in_transaction_session_timeout = ", limits.idle.count(),
                      "; SET client_encoding = 'UTF8'; SET default_transaction_read_only = ",
                      access == Database::Access::kRead ? "on" : "off",
                      "; SELECT set_config('synchronous_commit', 'on', false) "
                      "WHERE current_setting('synchronous_commit') = 'off'",
                      access == Database::Access::kKeys ? kKeysPath : kBookPath);
}

constexpr std::chrono::minutes kBulkSilence{30};
// Aside writes repeat soon, and must not be late because one row is locked.
constexpr std::chrono::milliseconds kAsideLock{500};

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(std::string uri, const PostgresLimits& limits)
      : uri_(std::move(uri)), limits_(limits) {}

  absl::StatusOr<std::unique_ptr<Connection>> Connect(Access access) const override {
    PostgresLimits limits = limits_;
    if (access == Access::kRead) {
      // Reads may stream many rows, so only silence ends them.
      limits.statement = {};
    } else if (access == Access::kAside) {
      limits.lock = std::min(limits.lock, kAsideLock);
    }
    PERIGEE_ASSIGN_OR_RETURN(std::unique_ptr<PostgresSession> session,
                             PostgresSession::Connect(uri_, limits, Settings(limits, access)));
    if (PQenterPipelineMode(session->conn()) == 0) {
      return session->Lose();
    }
    return std::make_unique<PostgresConnection>(std::move(session));
  }

  std::unique_ptr<HeadWatch> Watch(HeadWatch::Heard heard) const override {
    return WatchPostgresHeads(uri_, limits_, std::move(heard));
  }

 private:
  std::string uri_;
  PostgresLimits limits_;
};

}  // namespace

std::unique_ptr<Database> OpenPostgres(std::string uri, PostgresUse use,
                                       const PostgresLimits& limits) {
  PostgresLimits own = limits;
  if (use == PostgresUse::kBulk) {
    own.silence = kBulkSilence;
    own.statement = own.lock = own.idle = {};
  }
  return std::make_unique<PostgresDatabase>(std::move(uri), own);
}

}  // namespace perigee::sql
