#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct pg_conn;

namespace perigee::tests {

// The options of a test's own server.
struct PostgresOptions {
  // True: the server listens on a free port of the loopback. False: on a Unix socket in its folder.
  bool port = false;
  // Tests of durability need it; others are faster without.
  bool fsync = false;
  int connections_max = 60;
  // The folder of the data, which stays when the server ends; made if it is missing. If empty, the
  // data go with the server.
  std::filesystem::path data{};
  // NAME=VALUE each: more settings, and variables of the server's environment.
  std::vector<std::string> settings = {"shared_buffers=64MB"};
  std::vector<std::string> environment{};
};

// A PostgreSQL of a test's own. If the test runs as root, an unprivileged user runs it. Everything
// but kept data is in a temporary folder. It asks for no password, and ends with the test.
class PostgresServer {
 public:
  // A running server; null with a reason if this machine has none or it does not start.
  static std::unique_ptr<PostgresServer> Start(std::string& reason, PostgresOptions options = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // Makes an empty database, or a copy of a database without connections, and answers its URI.
  // Empty on failure.
  std::string MakeDatabase(const std::string& copy_of = "template0");
  std::string Uri(const std::string& database) const;
  static std::string DatabaseOf(const std::string& uri);

  // Stop ends the server at once as an operator would, and its clients are told. Kill ends it as a
  // crash does. Restart starts it again, at the same address with the same data.
  void Stop();
  void Kill();
  bool Restart();
  // Pause stops all its processes, and Resume lets them go on. Connections stay open.
  void Pause();
  void Resume();
  // The server's process and those that it started.
  std::vector<pid_t> Processes() const;

 private:
  explicit PostgresServer(PostgresOptions options) : options_(std::move(options)) {}
  bool MakeFolder();
  bool MakeData();
  bool Spawn();
  void End(int signal);

  PostgresOptions options_;
  std::filesystem::path folder_;
  std::filesystem::path data_;
  int port_ = 5432;  // The port is also part of the socket's name.
  pid_t pid_ = 0;
  int databases_ = 0;
};

// A connection of another program to a database.
class SqlSession {
 public:
  explicit SqlSession(const std::string& uri);
  // The first value of the last answer, or `failed: SQLSTATE` if it is refused.
  std::string Run(const std::string& sql);

 private:
  struct Finish {
    void operator()(pg_conn* conn) const;
  };
  std::unique_ptr<pg_conn, Finish> conn_;
};

// The same on a new connection.
inline std::string RunSql(const std::string& uri, const std::string& sql) {
  return SqlSession(uri).Run(sql);
}

}  // namespace perigee::tests
