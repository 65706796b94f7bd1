#pragma once

#include <sqlite3.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace perigee::sql {

// Moves what SQLite's write-ahead log holds into the file, in place of SQLite's own checkpoints,
// which make the writer wait for all of it. A thread moves most of it while the writer goes on; the
// writer moves the rest after one of its commits, when nobody adds to it, so that the log starts
// over at its beginning and stays as long as it is.
class SqliteCheckpointer {
 public:
  explicit SqliteCheckpointer(std::string path) : path_(std::move(path)) {}
  ~SqliteCheckpointer();
  SqliteCheckpointer(const SqliteCheckpointer&) = delete;
  SqliteCheckpointer& operator=(const SqliteCheckpointer&) = delete;

  // Follows the commits of the one connection that writes, which must not outlive this.
  void Follow(sqlite3* writer);

 private:
  enum class Stage : std::uint8_t { kLogGrows, kThreadMoves, kWriterMovesRest };

  // On the writer's thread, after a commit; `pages` are in the log.
  void Committed(sqlite3* writer, int pages);
  void Run();
  void MoveMost(sqlite3* connection);

  const std::string path_;
  // On the writer's thread alone: when it is time.
  int begin_at_ = 0;
  std::atomic<int> pages_{0};
  std::atomic<Stage> stage_{Stage::kLogGrows};

  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace perigee::sql
