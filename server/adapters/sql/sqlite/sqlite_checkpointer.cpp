#include "server/adapters/sql/sqlite/sqlite_checkpointer.h"

#include <memory>

namespace perigee::sql {
namespace {

// How many pages the writer may be left with, and how many passes the thread makes to get there.
constexpr int kRestMax = 200;
constexpr int kPassesMax = 8;

struct CloseSqlite {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using SqliteHandle = std::unique_ptr<sqlite3, CloseSqlite>;

// Null if the file cannot be read now. A connection finds the log with its first read, and moves
// nothing before that.
SqliteHandle Open(const std::string& path) {
  sqlite3* raw = nullptr;
  const int opened =
      sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  SqliteHandle connection(raw);
  const bool read = opened == SQLITE_OK && sqlite3_exec(raw, "SELECT COUNT(*) FROM sqlite_master",
                                                        nullptr, nullptr, nullptr) == SQLITE_OK;
  return read ? std::move(connection) : nullptr;
}

// How many pages of the log are in the file now. 0 after a failure: the log is still good, and a
// later checkpoint will move it.
int Move(sqlite3* connection) {
  int moved = 0;
  const int code =
      sqlite3_wal_checkpoint_v2(connection, "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, &moved);
  return code == SQLITE_OK ? moved : 0;
}

}  // namespace

SqliteCheckpointer::~SqliteCheckpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void SqliteCheckpointer::Follow(sqlite3* writer) {
  begin_at_ = pages_min_;
  sqlite3_wal_hook(
      writer,
      [](void* self, sqlite3* db, const char* /*name*/, int pages) {
        static_cast<SqliteCheckpointer*>(self)->Committed(db, pages);
        return SQLITE_OK;
      },
      this);
  if (!thread_.joinable()) {
    thread_ = std::thread([this] { Run(); });
  }
}

void SqliteCheckpointer::Committed(sqlite3* writer, int pages) {
  if (pages < pages_.exchange(pages)) {
    begin_at_ = pages_min_;  // The log has started over.
  }
  switch (stage_.load()) {
    case Stage::kLogGrows:
      if (pages >= begin_at_) {
        stage_ = Stage::kThreadMoves;
        {
          const std::lock_guard lock(mutex_);
          wanted_ = true;
        }
        changed_.notify_one();
      }
      break;
    case Stage::kThreadMoves:
      break;
    case Stage::kWriterMovesRest:
      Move(writer);
      // The log starts over with the next commit that no reader blocks.
      begin_at_ = pages + pages_min_;
      stage_ = Stage::kLogGrows;
      break;
  }
}

void SqliteCheckpointer::Run() {
  SqliteHandle connection;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return wanted_ || stopping_; });
    if (stopping_) {
      return;
    }
    wanted_ = false;
    lock.unlock();
    if (connection == nullptr) {
      connection = Open(path_);
    }
    if (connection != nullptr) {
      MoveMost(connection.get());
    }
    stage_ = Stage::kWriterMovesRest;
    lock.lock();
  }
}

void SqliteCheckpointer::MoveMost(sqlite3* connection) {
  for (int pass = 0; pass < kPassesMax; ++pass) {
    if (pages_.load() - Move(connection) <= kRestMax) {
      return;
    }
  }
}

}  // namespace perigee::sql
