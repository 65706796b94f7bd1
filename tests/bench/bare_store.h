#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace perigee::bench {

struct BareValue {
  enum class Kind : char { kNull, kInt, kText, kBlob };
  Kind kind = Kind::kNull;
  std::int64_t number = 0;
  std::string bytes;

  static BareValue Int(std::int64_t number) { return {Kind::kInt, number, {}}; }
  friend auto operator<=>(const BareValue&, const BareValue&) = default;
};
using BareRow = std::vector<BareValue>;

// One connection that uses only the engine's own library, and on SQLite the server's thread for
// checkpoints: the floor of writing. Statements name
// their values $1, $2 … in the order in which they first appear. Every failure is kInternal with
// the engine's text.
class BareStore {
 public:
  virtual ~BareStore() = default;

  virtual absl::Status Select(const std::string& sql,
                              const std::function<void(BareRow)>& visit) = 0;
  virtual absl::StatusOr<int> CountColumns(const std::string& table) = 0;

  // Answers the number of the statement for Write.
  virtual absl::StatusOr<int> Prepare(const std::string& sql) = 0;
  // Call Write between Begin and Commit. Commit may report the failure of a Write.
  virtual absl::Status Begin() = 0;
  virtual absl::Status Write(int statement, std::span<const BareValue> values) = 0;
  virtual absl::Status Commit() = 0;
};

// Opens the file of a SQLite store, with the settings of the server's writer.
absl::StatusOr<std::unique_ptr<BareStore>> OpenBareSqlite(const std::string& path);
// Opens a PostgreSQL database by its URI. Writes go through a pipeline, which ends with each
// commit.
absl::StatusOr<std::unique_ptr<BareStore>> OpenBarePostgres(const std::string& uri);
// Opens either engine, by an address as the server's --store takes it.
absl::StatusOr<std::unique_ptr<BareStore>> OpenBareStore(const std::string& address);

}  // namespace perigee::bench
