#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace perigee::runtime {

// Where a door listens. Port 0: the system chooses one.
struct Endpoint {
  std::string host;  // As gRPC takes it: IPv6 without brackets.
  int port = 0;
  // `127.0.0.1:7400`, `[::1]:7400`.
  std::string ToString() const;
};

// Takes HOST:PORT whose host is loopback; kInvalidField, naming `flag`, otherwise: nobody is
// authenticated yet, so nobody else may reach the server.
absl::StatusOr<Endpoint> ParseLoopback(std::string_view flag, std::string_view text);

// Where the shared board cache is: a host and port, or the path of a socket.
struct RedisAddress {
  std::string host;
  int port = 0;
  std::string socket_path;
};

// `HOST:PORT`, `unix:PATH`, or nullopt for `none`.
absl::StatusOr<std::optional<RedisAddress>> ParseRedis(std::string_view text);

// Where a book of record is.
struct StoreAddress {
  enum class Engine { kSqlite, kPostgres };
  Engine engine = Engine::kSqlite;
  std::string where;  // The file's path, or libpq's URI, which may hold a password: not for logs.
  bool IsPostgres() const { return engine == Engine::kPostgres; }
};

// `sqlite:PATH`, `postgres://…` or `postgresql://…`; kInvalidField, naming `flag`, otherwise.
absl::StatusOr<StoreAddress> ParseStore(std::string_view flag, std::string_view text);

struct Config {
  enum class Command { kServe, kMigrate, kCheck, kCopy };
  Command command = Command::kServe;
  StoreAddress store;  // To copy: from here.
  StoreAddress copy_to;
  std::string program;  // The one to copy.
  std::optional<RedisAddress> redis;
  Endpoint public_address;
  Endpoint internal_address;
  Endpoint metrics_address;
  std::string ready_file;  // Empty: none.
};

// Reads the command line. Where it asks for help, or is wrong, there is nothing to run: the text is
// printed and `exit_code` says how to leave.
struct ParsedConfig {
  std::optional<Config> config;
  int exit_code = 0;
};
ParsedConfig ParseCommandLine(int argc, const char* const* argv);

}  // namespace perigee::runtime
