#include "tests/bench/store.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/core/status_macros.h"
#include "tests/support/postgres_server.h"

namespace perigee::bench {
namespace {

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(std::string folder) : folder_(std::move(folder)) {}

  std::string address() const override { return "sqlite:" + File(); }

  std::string copy_address() const override { return "sqlite:" + CopyFile(); }

  absl::Status Copy() override {
    std::error_code error;
    // The log of the last copy belongs to that copy.
    for (const char* part : {"-wal", "-shm", "-keys-wal", "-keys-shm"}) {
      std::filesystem::remove(CopyFile() + part, error);
    }
    for (const char* part : {"", "-keys"}) {
      std::filesystem::copy_file(File() + part, CopyFile() + part,
                                 std::filesystem::copy_options::overwrite_existing, error);
      if (error) {
        break;
      }
    }
    return error ? absl::InternalError(absl::StrCat("cannot copy the store: ", error.message()))
                 : absl::OkStatus();
  }

  absl::StatusOr<std::int64_t> DiskBytes() const override {
    std::error_code ignored;
    std::int64_t bytes = 0;
    for (const char* part : {"", "-wal", "-keys", "-keys-wal"}) {
      if (const std::string file = File() + part; std::filesystem::exists(file, ignored)) {
        bytes += static_cast<std::int64_t>(std::filesystem::file_size(file, ignored));
      }
    }
    return bytes;
  }

  std::vector<pid_t> Processes() const override { return {}; }

 private:
  std::string File() const { return folder_ + "/perigee.db"; }
  std::string CopyFile() const { return folder_ + "/copy.db"; }

  const std::string folder_;
};

class PostgresStore final : public Store {
 public:
  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& folder,
                                                     const std::vector<std::string>& environment) {
    tests::PostgresOptions options;
    options.fsync = true;
    options.data = folder + "/data";
    // The settings of an operator for a machine of this size.
    options.settings = {"shared_buffers=512MB", "max_wal_size=2GB"};
    options.environment = environment;
    std::string reason;
    auto server = tests::PostgresServer::Start(reason, options);
    if (server == nullptr) {
      return absl::UnavailableError(reason);
    }
    auto store = std::make_unique<PostgresStore>(std::move(server));
    PERIGEE_ASSIGN_OR_RETURN(
        const std::string there,
        store->Run(absl::StrCat("SELECT 1 FROM pg_database WHERE datname = '", kBook, "'")));
    if (there.empty()) {
      PERIGEE_RETURN_IF_ERROR(store->Run(absl::StrCat("CREATE DATABASE ", kBook)).status());
    }
    return store;
  }

  explicit PostgresStore(std::unique_ptr<tests::PostgresServer> server)
      : server_(std::move(server)) {}

  std::string address() const override { return server_->Uri(kBook); }

  std::string copy_address() const override { return server_->Uri(kCopy); }

  absl::Status Copy() override {
    PERIGEE_RETURN_IF_ERROR(Run(absl::StrCat("DROP DATABASE IF EXISTS ", kCopy)).status());
    return Run(absl::StrCat("CREATE DATABASE ", kCopy, " TEMPLATE ", kBook, " STRATEGY file_copy"))
        .status();
  }

  absl::StatusOr<std::int64_t> DiskBytes() const override {
    PERIGEE_ASSIGN_OR_RETURN(const std::string answer,
                             Run(absl::StrCat("SELECT pg_database_size('", kBook, "')")));
    std::int64_t bytes = 0;
    return absl::SimpleAtoi(answer, &bytes) ? absl::StatusOr<std::int64_t>(bytes)
                                            : absl::InternalError("PostgreSQL: " + answer);
  }

  std::vector<pid_t> Processes() const override { return server_->Processes(); }

 private:
  static constexpr const char* kBook = "book";
  static constexpr const char* kCopy = "copy";

  absl::StatusOr<std::string> Run(const std::string& sql) const {
    std::string answer = tests::RunSql(server_->Uri("postgres"), sql);
    if (answer.starts_with("failed")) {
      return absl::InternalError(absl::StrCat("PostgreSQL: ", sql, ": ", answer));
    }
    return answer;
  }

  std::unique_ptr<tests::PostgresServer> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenStore(const std::string& engine,
                                                 const std::string& folder,
                                                 const std::vector<std::string>& environment) {
  std::filesystem::create_directories(folder);
  if (engine == kSqlite) {
    return std::make_unique<SqliteStore>(folder);
  }
  if (engine == kPostgres) {
    return PostgresStore::Open(folder, environment);
  }
  return absl::InvalidArgumentError("there is no engine " + engine);
}

}  // namespace perigee::bench
