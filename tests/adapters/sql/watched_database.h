#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "server/adapters/sql/base/driver.h"
#include "server/core/error.h"

namespace perigee::tests {

// Callbacks for the connections of a WatchedDatabase, called on the threads of the connections. An
// empty one is skipped.
struct DatabaseWatch {
  std::function<void(std::string_view sql)> statement;  // Called before the statement runs.
  // Called after a statement that may answer rows, with their number.
  std::function<void(std::string_view sql, std::size_t rows)> answered;
  bool keys_are_away = false;  // True: the store of the keys cannot be written.
};

// A database that tells every statement to a watch, which must outlive it.
class WatchedDatabase final : public sql::Database {
 public:
  WatchedDatabase(std::unique_ptr<sql::Database> database, const DatabaseWatch& watch)
      : database_(std::move(database)), watch_(watch) {}

  absl::StatusOr<std::unique_ptr<sql::Connection>> Connect(Access access) const override {
    absl::StatusOr<std::unique_ptr<sql::Connection>> connection = database_->Connect(access);
    if (!connection.ok()) {
      return connection.status();
    }
    return std::make_unique<Watched>(*std::move(connection), watch_, access == Access::kKeys);
  }
  std::unique_ptr<sql::HeadWatch> Watch(sql::HeadWatch::Heard heard) const override {
    return database_->Watch(std::move(heard));
  }

 private:
  class Watched final : public sql::Connection {
   public:
    Watched(std::unique_ptr<sql::Connection> connection, const DatabaseWatch& watch, bool of_keys)
        : connection_(std::move(connection)), watch_(watch), of_keys_(of_keys) {}

    absl::Status Query(sql::Sql sql, sql::Values values,
                       absl::FunctionRef<void(const sql::Row&)> visit) override {
      Tell(sql);
      std::size_t rows = 0;
      absl::Status status = connection_->Query(sql, values, [&](const sql::Row& row) {
        ++rows;
        visit(row);
      });
      if (watch_.answered) {
        watch_.answered(sql.text(), rows);
      }
      return status;
    }
    absl::Status Ask(sql::Sql sql, sql::Values values, std::size_t width, VisitRun visit) override {
      Tell(sql);
      return connection_->Ask(sql, values, width, std::move(visit));
    }
    absl::Status Sync() override { return connection_->Sync(); }
    absl::Status Execute(sql::Sql sql, sql::Values values) override {
      Tell(sql);
      return connection_->Execute(sql, values);
    }
    absl::Status Run(const std::string& script) override { return connection_->Run(script); }
    absl::Status BeginRead() override { return connection_->BeginRead(); }
    absl::Status BeginWrite() override {
      return of_keys_ && watch_.keys_are_away ? Error(Reason::kStoreUnavailable, "no keys today")
                                              : connection_->BeginWrite();
    }
    absl::Status Commit() override { return connection_->Commit(); }
    void Rollback() override { connection_->Rollback(); }
    absl::StatusOr<bool> Wipe() override { return connection_->Wipe(); }
    absl::Status Broken() const override { return connection_->Broken(); }
    bool Lost() override { return connection_->Lost(); }

   private:
    void Tell(sql::Sql sql) const {
      if (watch_.statement) {
        watch_.statement(sql.text());
      }
    }

    const std::unique_ptr<sql::Connection> connection_;
    const DatabaseWatch& watch_;
    const bool of_keys_;
  };

  const std::unique_ptr<sql::Database> database_;
  const DatabaseWatch& watch_;
};

}  // namespace perigee::tests
