#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/base/driver.h"

namespace perigee::sql {

// The use of the file. kServe and kMigrate lock it (by `<path>-lock`) against every other kServe
// and kMigrate of any process. kInspect only reads, and may do so while a server runs.
enum class SqliteUse : std::uint8_t { kServe, kMigrate, kInspect };

// Whether the file with its log holds what it must. Any refusal stands for a log of another time.
using CheckContent = std::function<absl::Status(Connection&)>;

// A store in one file, with SQLite's -wal and -shm beside it while it is open. The folder must be
// on a local disk. kMigrate makes the file if there is none. kStoreUnavailable, with advice and
// with what the operating system said, for: no file, another kind of file, a damaged file, a file
// in use by another server, a disk that is full or cannot be written, content that `check` refuses.
// Nothing is written before `check`. The lock is held as long as the database object lives.
absl::StatusOr<std::unique_ptr<Database>> OpenSqlite(const std::string& path, SqliteUse use,
                                                     const CheckContent& check = nullptr);

}  // namespace perigee::sql
