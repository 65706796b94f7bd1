#include "server/runtime/config.h"

#include <arpa/inet.h>

#include <charconv>
#include <iostream>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/core/error.h"
#include "server/core/ip_address.h"
#include "server/core/status_macros.h"
#include "server/core/version.h"

namespace perigee::runtime {
namespace {

constexpr std::string_view kSqlitePrefix = "sqlite:";
constexpr std::string_view kPostgresPrefix = "postgres://";
constexpr std::string_view kPostgresqlPrefix = "postgresql://";
constexpr std::string_view kUnixPrefix = "unix:";
constexpr int kPortMax = 65535;
constexpr const char* kKeysHelp =
    "With SQLite: the file of the keys that open what is stored of members, if it is not "
    "PATH-keys. "
    "Keep backups of it apart from those of the store.";
constexpr int kExitUsage = 2;

// HOST:PORT or [HOST]:PORT.
absl::StatusOr<Endpoint> ParseHostPort(std::string_view flag, std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return InvalidField(flag, "must be HOST:PORT");
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  Endpoint endpoint{std::string(host), 0};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
  if (error != std::errc() || end != digits.data() + digits.size() || endpoint.port < 0 ||
      endpoint.port > kPortMax) {
    return InvalidField(flag, "must end with a port from 0 to 65535");
  }
  return endpoint;
}

bool IsAddress(const std::string& host) {
  in6_addr any{};
  return inet_pton(AF_INET, host.c_str(), &any) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

// The raw values of the command line.
struct Flags {
  std::string store;
  std::string keys;
  std::string copy_from;
  std::string from_keys;
  std::string copy_to;
  std::string to_keys;
  std::string program;
  std::string redis = "none";
  std::string public_address = "127.0.0.1:7401";
  std::string internal_address = "127.0.0.1:7402";
  std::string metrics_address = "127.0.0.1:7403";
  std::string access;
  std::string ready_file;
};

absl::StatusOr<std::optional<AccessFile>> ReadAccess(const std::string& path) {
  if (path.empty()) {
    return std::nullopt;
  }
  absl::StatusOr<AccessFile> access = ReadAccessFile(path);
  if (!access.ok()) {
    return InvalidField("--access", path + ": " + std::string(access.status().message()));
  }
  return *std::move(access);
}

// A door's address, if the door may listen there.
absl::StatusOr<Endpoint> ReadDoor(std::string_view flag, DoorKind door, const std::string& text,
                                  const std::optional<AccessFile>& access) {
  PERIGEE_ASSIGN_OR_RETURN(Endpoint address, ParseDoorAddress(flag, text));
  PERIGEE_RETURN_IF_ERROR(MayListen(flag, door, address, access));
  return address;
}

absl::StatusOr<Config> Understand(Config::Command command, const Flags& flags) {
  Config config;
  config.command = command;
  if (command == Config::Command::kCopy) {
    PERIGEE_ASSIGN_OR_RETURN(config.store, ParseStore("--from", flags.copy_from, flags.from_keys));
    PERIGEE_ASSIGN_OR_RETURN(config.copy_to, ParseStore("--to", flags.copy_to, flags.to_keys));
    config.program = flags.program;
    return config;
  }
  PERIGEE_ASSIGN_OR_RETURN(config.store, ParseStore("--store", flags.store, flags.keys));
  PERIGEE_ASSIGN_OR_RETURN(config.redis, ParseRedis(flags.redis));
  PERIGEE_ASSIGN_OR_RETURN(config.access, ReadAccess(flags.access));
  PERIGEE_ASSIGN_OR_RETURN(config.public_address, ReadDoor("--public-address", DoorKind::kPublic,
                                                           flags.public_address, config.access));
  PERIGEE_ASSIGN_OR_RETURN(
      config.internal_address,
      ReadDoor("--internal-address", DoorKind::kInternal, flags.internal_address, config.access));
  PERIGEE_ASSIGN_OR_RETURN(config.metrics_address, ReadDoor("--metrics-address", DoorKind::kMetrics,
                                                            flags.metrics_address, config.access));
  config.ready_file = flags.ready_file;
  return config;
}

}  // namespace

std::string Endpoint::ToString() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

absl::StatusOr<Endpoint> ParseDoorAddress(std::string_view flag, std::string_view text) {
  PERIGEE_ASSIGN_OR_RETURN(Endpoint endpoint, ParseHostPort(flag, text));
  if (endpoint.host == "localhost") {
    endpoint.host = "127.0.0.1";
  }
  if (!IsAddress(endpoint.host)) {
    return InvalidField(flag, "must name its host by an IP address, or as localhost");
  }
  return endpoint;
}

// The metrics door authenticates nobody, but it shows no personal data. So it may leave the
// loopback wherever both other doors may.
absl::Status MayListen(std::string_view flag, DoorKind door, const Endpoint& address,
                       const std::optional<AccessFile>& access) {
  if (IsLoopbackIp(address.host)) {
    return absl::OkStatus();
  }
  const bool encrypted = access.has_value() && access->tls.has_value();
  const bool certified =
      door == DoorKind::kInternal && access.has_value() && access->internal_tls.has_value();
  const bool authenticated = certified || (access.has_value() && !access->issuers.empty());
  if (encrypted && authenticated) {
    return absl::OkStatus();
  }
  std::vector<std::string> lacks;
  if (!encrypted) {
    lacks.emplace_back("[tls]");
  }
  if (!authenticated) {
    lacks.emplace_back(door == DoorKind::kInternal ? "[[issuers]] or [internal_tls]"
                                                   : "[[issuers]]");
  }
  return InvalidField(
      flag, absl::StrCat("must be loopback (127.0.0.1, [::1] or localhost): other machines may "
                         "reach this door only if it has TLS and authenticates its callers, and ",
                         access.has_value() ? "the file of --access has no " : "there is no ",
                         access.has_value() ? absl::StrJoin(lacks, " and no ") : "--access"));
}

absl::StatusOr<std::optional<RedisAddress>> ParseRedis(std::string_view text) {
  if (text == "none") {
    return std::nullopt;
  }
  if (text.starts_with(kUnixPrefix) && text.size() > kUnixPrefix.size()) {
    return RedisAddress{{}, 0, std::string(text.substr(kUnixPrefix.size()))};
  }
  absl::StatusOr<Endpoint> endpoint = ParseHostPort("--redis", text);
  if (!endpoint.ok() || endpoint->port == 0) {
    return InvalidField("--redis", "must be HOST:PORT, unix:PATH or none");
  }
  return RedisAddress{endpoint->host, endpoint->port, {}};
}

absl::StatusOr<StoreAddress> ParseStore(std::string_view flag, std::string_view text,
                                        const std::string& keys) {
  if (text.starts_with(kPostgresPrefix) || text.starts_with(kPostgresqlPrefix)) {
    if (!keys.empty()) {
      return InvalidField(flag, "has its keys in a schema of its database, so they have no file");
    }
    return StoreAddress{StoreAddress::Engine::kPostgres, std::string(text)};
  }
  if (text.starts_with(kSqlitePrefix) && text.size() > kSqlitePrefix.size()) {
    return StoreAddress{StoreAddress::Engine::kSqlite,
                        std::string(text.substr(kSqlitePrefix.size())), keys};
  }
  return InvalidField(flag, "must be sqlite:PATH or postgres://…, a URI as libpq takes it");
}

ParsedConfig ParseCommandLine(int argc, const char* const* argv) {
  Flags flags;
  CLI::App app("The server of Perigee, a customer-champion programme's backend.", "perigeed");
  app.set_version_flag("--version", "perigeed " + std::string(Version()));
  app.require_subcommand(1);
  app.footer(
      "\nExamples:\n"
      "  perigeed migrate --store sqlite:perigee.db\n"
      "  perigeed serve --store sqlite:perigee.db\n"
      "  perigeed check --store sqlite:perigee.db\n"
      "  perigeed migrate --store postgres:///perigee\n"
      "  perigeed copy --from sqlite:perigee.db --to postgres:///perigee --program demo\n\n"
      "Ends with 0 when done, 1 when something is wrong, 2 when the command line is.");
  CLI::App* serve = app.add_subcommand("serve", "Serve until SIGTERM or SIGINT.");
  CLI::App* migrate = app.add_subcommand("migrate", "Make the store, or bring its schema up.");
  CLI::App* check = app.add_subcommand(
      "check", "Verify every invariant of the store; exit code 1 if one is broken.");
  for (CLI::App* command : {serve, migrate, check}) {
    command
        ->add_option("--store", flags.store,
                     "Where the book of record is: sqlite:PATH, or postgres://… as libpq takes "
                     "it. A password is better kept in libpq's passfile.")
        ->required();
    command->add_option("--keys", flags.keys, kKeysHelp);
  }
  CLI::App* copy = app.add_subcommand(
      "copy", "Copy one programme into another store, in which it is not yet; verified.");
  copy->add_option("--from", flags.copy_from, "Where it is, as --store.")->required();
  copy->add_option("--to", flags.copy_to, "Where it goes: a migrated store.")->required();
  copy->add_option("--from-keys", flags.from_keys, kKeysHelp);
  copy->add_option("--to-keys", flags.to_keys, kKeysHelp);
  copy->add_option("--program", flags.program, "The programme's id.")->required();
  serve->add_option("--redis", flags.redis, "The shared board cache: HOST:PORT, unix:PATH or none.")
      ->capture_default_str();
  serve->add_option("--public-address", flags.public_address, "The door for members.")
      ->capture_default_str();
  serve->add_option("--internal-address", flags.internal_address, "The door for staff and systems.")
      ->capture_default_str();
  serve->add_option("--metrics-address", flags.metrics_address, "/metrics, /livez and /readyz.")
      ->capture_default_str();
  serve->add_option("--access", flags.access,
                    "Who may call, and the certificates of the doors: a TOML file, as the README "
                    "shows. Without it callers are not authenticated.");
  serve->add_option("--ready-file", flags.ready_file,
                    "Written as JSON with the bound addresses once the server serves.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0 && app.get_subcommands().empty()) {
      std::cerr << "perigeed: which command? There are serve, migrate, check and copy.\n";
      return {std::nullopt, kExitUsage};
    }
    return {std::nullopt, app.exit(error) == 0 ? 0 : kExitUsage};
  }
  Config::Command command = Config::Command::kServe;
  if (migrate->parsed()) {
    command = Config::Command::kMigrate;
  } else if (check->parsed()) {
    command = Config::Command::kCheck;
  } else if (copy->parsed()) {
    command = Config::Command::kCopy;
  }
  absl::StatusOr<Config> config = Understand(command, flags);
  if (!config.ok()) {
    std::cerr << "perigeed: " << config.status().message() << "\n";
    return {std::nullopt, kExitUsage};
  }
  return {*std::move(config), 0};
}

}  // namespace perigee::runtime
