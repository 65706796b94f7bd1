#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"

struct pg_conn;
struct sqlite3;

namespace perigee::tests {

// Rows of a plain query: the columns joined by `|`, blobs in hex, NULL empty.
using SqlRows = std::vector<std::string>;

// The number in a column, or -1 if it has none.
inline std::int64_t NumberIn(const std::string& column) {
  std::int64_t number = 0;
  return absl::SimpleAtoi(column, &number) ? number : -1;
}

// A store's tables, read without the store. Those of its keys are in the schema `public_keys`.
class PlainSql {
 public:
  virtual ~PlainSql() = default;
  // Fails the running test if the query cannot run.
  virtual SqlRows Query(const std::string& sql) const = 0;
  // The tables as they are now, whatever the server does to them. It must not be kept for long.
  virtual std::unique_ptr<PlainSql> Snapshot() const = 0;
};

class PlainSqlite final : public PlainSql {
 public:
  explicit PlainSqlite(std::string path) : path_(std::move(path)) {}
  SqlRows Query(const std::string& sql) const override;
  std::unique_ptr<PlainSql> Snapshot() const override;

 private:
  std::shared_ptr<sqlite3> Open() const;

  std::string path_;
  std::shared_ptr<sqlite3> held_;  // Of a snapshot.
};

class PlainPostgres final : public PlainSql {
 public:
  explicit PlainPostgres(std::string uri) : uri_(std::move(uri)) {}
  SqlRows Query(const std::string& sql) const override;
  std::unique_ptr<PlainSql> Snapshot() const override;

 private:
  std::shared_ptr<pg_conn> Open() const;

  std::string uri_;
  std::shared_ptr<pg_conn> held_;  // Of a snapshot.
};

}  // namespace perigee::tests
