#include "server/adapters/sql/sqlite/sqlite_file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "server/adapters/sql/sqlite/sqlite_errors.h"

namespace perigee::sql {

SqliteFileLock::~SqliteFileLock() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

absl::StatusOr<SqliteFileLock> SqliteFileLock::Take(const std::string& path) {
  SqliteFileLock lock;
  lock.fd_ = open((path + "-lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock.fd_ < 0) {
    return Unavailable("the store's folder cannot be written: " + AdviceOn(errno), path);
  }
  if (flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
    return Unavailable("another perigeed uses this store: stop it first, or use another file",
                       path);
  }
  return lock;
}

}  // namespace perigee::sql
