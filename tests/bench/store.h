#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace perigee::bench {

// The data of one engine, all of it within a folder, which outlives the object. Open while the
// object lives.
class Store {
 public:
  virtual ~Store() = default;
  // As the server's --store takes it.
  virtual std::string address() const = 0;
  // Makes a copy of what there is now, in place of an earlier one. No server may use the store
  // meanwhile. The copy stays in the folder, and has an address of its own.
  virtual absl::Status Copy() = 0;
  virtual std::string copy_address() const = 0;
  // What it takes of the disk; without the log of PostgreSQL, whose size is its operator's choice.
  virtual absl::StatusOr<std::int64_t> DiskBytes() const = 0;
};

// What engines there are, by the names that the command line has for them.
inline constexpr const char* kSqlite = "sqlite";
inline constexpr const char* kPostgres = "postgres";

// Opens what the folder holds, or makes an empty one if it holds nothing. `environment`,
// NAME=VALUE, is for the engine's own processes, if it has some.
absl::StatusOr<std::unique_ptr<Store>> OpenStore(const std::string& engine,
                                                 const std::string& folder,
                                                 const std::vector<std::string>& environment = {});

}  // namespace perigee::bench
