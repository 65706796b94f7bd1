#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct pg_conn;

namespace perigee::tests {

// How a server of a test's own runs.
struct PostgresOptions {
  // Behind a free port of the loopback; else behind a Unix socket of its folder.
  bool port = false;
  // For tests of durability; the others are quicker without.
  bool fsync = false;
  int connections_max = 60;
  // Where its data are, and stay when it ends; made if it is not there. Empty: gone with it.
  std::filesystem::path data{};
  // NAME=VALUE each: settings beside those above, and variables of its environment.
  std::vector<std::string> settings = {"shared_buffers=64MB"};
  std::vector<std::string> environment{};
};

// A PostgreSQL of a test's own, run by an unprivileged user where the test runs as root. It and all
// but the data that it is to keep lie in a temporary folder. Nobody is asked for a password. Dies
// with the test.
class PostgresServer {
 public:
  // A running server; null with a reason if this machine has none or it does not start.
  static std::unique_ptr<PostgresServer> Start(std::string& reason, PostgresOptions options = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // Makes an empty database, or a copy of one that nobody is connected to, and answers its URI.
  // Empty if that fails.
  std::string MakeDatabase(const std::string& copy_of = "template0");
  std::string Uri(const std::string& database) const;
  static std::string DatabaseOf(const std::string& uri);

  // Ends it at once as an operator would (its clients are told), or as a crash does. Restart starts
  // it again, behind the same door with the same data.
  void Stop();
  void Kill();
  bool Restart();
  // Stops all its processes and lets them go on, their connections left open.
  void Pause();
  void Resume();

 private:
  explicit PostgresServer(PostgresOptions options) : options_(std::move(options)) {}
  bool MakeFolder();
  bool MakeData();
  bool Spawn();
  void End(int signal);
  std::vector<pid_t> Processes() const;

  PostgresOptions options_;
  std::filesystem::path folder_;
  std::filesystem::path data_;
  int port_ = 5432;  // Names the socket, where that is the door.
  pid_t pid_ = 0;
  int databases_ = 0;
};

// Another program's connection to a database of any server.
class SqlSession {
 public:
  explicit SqlSession(const std::string& uri);
  // The first value of the last answer, and `failed: SQLSTATE` where it is refused.
  std::string Run(const std::string& sql);

 private:
  struct Finish {
    void operator()(pg_conn* conn) const;
  };
  std::unique_ptr<pg_conn, Finish> conn_;
};

// The same on a connection of its own.
inline std::string RunSql(const std::string& uri, const std::string& sql) {
  return SqlSession(uri).Run(sql);
}

}  // namespace perigee::tests
