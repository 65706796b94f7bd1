#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/base/driver.h"

namespace perigee::sql {

// The two files of a store: the book, and the keys that open what it holds of members.
struct SqliteFiles {
  // NOLINTBEGIN(google-explicit-constructor): a store is named by the path of its book.
  // Without `keys_path`: `<book>-keys`.
  SqliteFiles(std::string book_path, std::string keys_path = "")
      : book(std::move(book_path)), keys(keys_path.empty() ? book + "-keys" : keys_path) {}
  SqliteFiles(const char* book_path) : SqliteFiles(std::string(book_path)) {}
  // NOLINTEND(google-explicit-constructor)

  std::string book;
  std::string keys;
};

// The use of the files. kServe and kMigrate lock them (by `<book>-lock`) against every other kServe
// and kMigrate of any process. kInspect only reads, and may do so while a server runs.
enum class SqliteUse : std::uint8_t { kServe, kMigrate, kInspect };

// Whether the file with its log holds what it must. Any refusal stands for a log of another time.
using CheckContent = std::function<absl::Status(Connection&)>;

// A store in two files, each with SQLite's -wal and -shm beside it while it is open. The folders
// must be on local disks. kMigrate makes the files if there are none. A missing file of keys is no
// error here: CheckKeys tells it. kStoreUnavailable, with advice and
// with what the operating system said, for: no file, another kind of file, a damaged file, a file
// in use by another server, a disk that is full or cannot be written, content that `check` refuses.
// Nothing is written before `check`. The lock is held as long as the database object lives.
absl::StatusOr<std::unique_ptr<Database>> OpenSqlite(const SqliteFiles& files, SqliteUse use,
                                                     const CheckContent& check = nullptr);

}  // namespace perigee::sql
