#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace perigee::bench {

// The data of one engine, all in one folder, which outlives the object. The store is open while the
// object lives.
class Store {
 public:
  virtual ~Store() = default;
  // The address for the server's --store.
  virtual std::string address() const = 0;
  // Replaces the copy with the present data. No server may use the store meanwhile. The copy stays
  // in the folder, under its own address.
  virtual absl::Status Copy() = 0;
  virtual std::string copy_address() const = 0;
  // The bytes on disk, without the log of PostgreSQL, whose size is its operator's choice.
  virtual absl::StatusOr<std::int64_t> DiskBytes() const = 0;
  // The engine's own processes, if it has any.
  virtual std::vector<pid_t> Processes() const = 0;
};

// The engines, by their names on the command line.
inline constexpr const char* kSqlite = "sqlite";
inline constexpr const char* kPostgres = "postgres";

// Opens the store in the folder, or makes an empty one if the folder is empty. `environment`,
// NAME=VALUE each, is for the engine's own processes, if it has any.
absl::StatusOr<std::unique_ptr<Store>> OpenStore(const std::string& engine,
                                                 const std::string& folder,
                                                 const std::vector<std::string>& environment = {});

}  // namespace perigee::bench
