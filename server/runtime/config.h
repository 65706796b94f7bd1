#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/runtime/access_file.h"

namespace perigee::runtime {

// The address of a door. Port 0: the system chooses one.
struct Endpoint {
  std::string host;  // As gRPC takes it: IPv6 without brackets.
  int port = 0;
  // `127.0.0.1:7400`, `[::1]:7400`.
  std::string ToString() const;
};

// Takes HOST:PORT. The host is an IP address or `localhost`: another name may stand for several
// addresses, and a door has one. Otherwise kInvalidField, naming `flag`.
absl::StatusOr<Endpoint> ParseDoorAddress(std::string_view flag, std::string_view text);

enum class DoorKind { kPublic, kInternal, kMetrics };

// OK if a door may listen there. Every door may listen at the loopback. Other machines may reach a
// door only if it has TLS and knows its callers. Otherwise kInvalidField, naming `flag`; the
// message says what the access file lacks.
absl::Status MayListen(std::string_view flag, DoorKind door, const Endpoint& address,
                       const std::optional<AccessFile>& access);

// The address of the shared board cache: a host and port, or the path of a socket.
struct RedisAddress {
  std::string host;
  int port = 0;
  std::string socket_path;
};

// `HOST:PORT`, `unix:PATH`, or nullopt for `none`.
absl::StatusOr<std::optional<RedisAddress>> ParseRedis(std::string_view text);

// The address of a book of record.
struct StoreAddress {
  enum class Engine { kSqlite, kPostgres };
  Engine engine = Engine::kSqlite;
  // The file's path, or libpq's URI, which may hold a password and must not be logged.
  std::string where;
  // The path of the file of the keys. Empty: beside the store, as sql::SqliteFiles says.
  std::string keys = {};
  bool IsPostgres() const { return engine == Engine::kPostgres; }
};

// `sqlite:PATH`, `postgres://…` or `postgresql://…`. Otherwise kInvalidField, naming `flag`. Only
// the first may have `keys`, the path of its keys.
absl::StatusOr<StoreAddress> ParseStore(std::string_view flag, std::string_view text,
                                        const std::string& keys = "");

struct Config {
  enum class Command { kServe, kMigrate, kCheck, kCopy };
  Command command = Command::kServe;
  StoreAddress store;  // For a copy: the source.
  StoreAddress copy_to;
  std::string program;  // The programme to copy.
  std::optional<RedisAddress> redis;
  Endpoint public_address;
  Endpoint internal_address;
  Endpoint metrics_address;
  std::optional<AccessFile> access;  // Absent: nobody is authenticated, nothing is encrypted.
  std::string ready_file;            // Empty: none.
};

// Reads the command line. If it asks for help or is wrong, the text is printed, there is no
// `config`, and `exit_code` is the exit code of the process.
struct ParsedConfig {
  std::optional<Config> config;
  int exit_code = 0;
};
ParsedConfig ParseCommandLine(int argc, const char* const* argv);

}  // namespace perigee::runtime
