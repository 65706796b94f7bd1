#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace perigee::sql {

// The advisory lock of a store, which keeps every other process from serving or migrating it. It
// ends with the process, however the process ends.
class SqliteFileLock {
 public:
  // Locks `<path>-lock`. kStoreUnavailable, with advice, if another process has the lock, or if the
  // folder cannot be written.
  static absl::StatusOr<SqliteFileLock> Take(const std::string& path);

  SqliteFileLock() = default;  // Holds no lock.
  SqliteFileLock(const SqliteFileLock&) = delete;
  SqliteFileLock& operator=(const SqliteFileLock&) = delete;
  SqliteFileLock(SqliteFileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  SqliteFileLock& operator=(SqliteFileLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~SqliteFileLock();

 private:
  int fd_ = -1;
};

}  // namespace perigee::sql
