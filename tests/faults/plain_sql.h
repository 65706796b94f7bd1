#pragma once

#include <string>
#include <utility>
#include <vector>

namespace perigee::tests {

// Rows of a plain query: the columns joined by `|`, blobs in hex, NULL empty.
using SqlRows = std::vector<std::string>;

// A store's tables, read without the store. Those of its keys are in the schema `public_keys`.
class PlainSql {
 public:
  virtual ~PlainSql() = default;
  // Fails the running test if the query cannot run.
  virtual SqlRows Query(const std::string& sql) const = 0;
};

class PlainSqlite final : public PlainSql {
 public:
  explicit PlainSqlite(std::string path) : path_(std::move(path)) {}
  SqlRows Query(const std::string& sql) const override;

 private:
  std::string path_;
};

class PlainPostgres final : public PlainSql {
 public:
  explicit PlainPostgres(std::string uri) : uri_(std::move(uri)) {}
  SqlRows Query(const std::string& sql) const override;

 private:
  std::string uri_;
};

}  // namespace perigee::tests
