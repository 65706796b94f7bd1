#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <vector>

#include "server/adapters/sql/check/check.h"
#include "server/adapters/sql/copy/copy.h"
#include "server/adapters/sql/postgres/postgres_driver.h"
#include "server/adapters/sql/postgres/postgres_store.h"
#include "server/adapters/sql/sqlite/sqlite_driver.h"
#include "server/adapters/sql/sqlite/sqlite_store.h"
#include "server/adapters/system/random_ids.h"
#include "server/adapters/system/system_clock.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ground.h"
#include "server/runtime/config.h"
#include "server/runtime/log.h"
#include "server/serve.h"

namespace perigee {
namespace {

absl::Status Migrate(const runtime::StoreAddress& store) {
  return store.IsPostgres() ? sql::MigratePostgresStore(store.where)
                            : sql::MigrateSqliteStore({store.where, store.keys});
}

absl::Status Check(const runtime::StoreAddress& store) {
  adapters::RandomIds ids;
  const std::unique_ptr<ports::Blobs> blobs = OpenBlobs(store, ids);
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<sql::Finding> findings,
                           store.IsPostgres()
                               ? sql::CheckPostgresStore(store.where, blobs.get())
                               : sql::CheckSqliteStore({store.where, store.keys}, blobs.get()));
  for (const sql::Finding& finding : findings) {
    std::cout << finding.program << ": " << finding.what << "\n";
  }
  if (!findings.empty()) {
    return Error(Reason::kInternal, "the store is not as it must be");
  }
  std::cout << "the store is as it must be\n";
  return absl::OkStatus();
}

// The lock on a SQLite file keeps other processes from serving it meanwhile.
absl::StatusOr<std::unique_ptr<sql::Database>> OpenToCopy(const runtime::StoreAddress& store) {
  if (store.IsPostgres()) {
    return sql::OpenPostgres(store.where, sql::PostgresUse::kBulk);
  }
  return sql::OpenSqlite({store.where, store.keys}, sql::SqliteUse::kServe);
}

absl::Status Copy(const runtime::Config& config) {
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> from, OpenToCopy(config.store));
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> to, OpenToCopy(config.copy_to));
  adapters::RandomIds ids;
  const std::unique_ptr<ports::Blobs> from_blobs = OpenBlobs(config.store, ids);
  const std::unique_ptr<ports::Blobs> to_blobs = OpenBlobs(config.copy_to, ids);
  // A server on the target spares what is wanted, so the copy may take a day.
  const sql::BlobsToCopy blobs{*from_blobs, *to_blobs,
                               adapters::SystemClock().Now() + std::chrono::hours(24)};
  PERIGEE_ASSIGN_OR_RETURN(const sql::Copied copied,
                           sql::CopyProgram(*from, *to, config.program, &blobs));
  std::cout << "copied " << config.program << " up to revision " << copied.revision << ": "
            << copied.rows << " rows, the same on both sides, digest " << copied.digest << "\n";
  return absl::OkStatus();
}

int Run(const runtime::Config& config) {
  absl::Status status;
  switch (config.command) {
    case runtime::Config::Command::kServe:
      status = Serve(config);
      break;
    case runtime::Config::Command::kMigrate:
      status = Migrate(config.store);
      break;
    case runtime::Config::Command::kCheck:
      status = Check(config.store);
      break;
    case runtime::Config::Command::kCopy:
      status = Copy(config);
      break;
  }
  if (!status.ok()) {
    std::cerr << "perigeed: " << status.message() << "\n";
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace perigee

int main(int argc, char** argv) {
  const perigee::runtime::ParsedConfig parsed = perigee::runtime::ParseCommandLine(argc, argv);
  if (!parsed.config.has_value()) {
    return parsed.exit_code;
  }
  // The store holds names and a secret: only this user may read the files that are made.
  umask(0077);
  perigee::KeepEndSignals();
  std::signal(SIGPIPE, SIG_IGN);
  perigee::runtime::StartLog();
  return perigee::Run(*parsed.config);
}
