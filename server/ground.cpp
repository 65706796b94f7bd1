#include "server/ground.h"

#include <chrono>
#include <cstddef>
#include <optional>

#include "server/adapters/blob/folder_blobs.h"
#include "server/adapters/sql/blob/sql_blobs.h"
#include "server/adapters/sql/postgres/postgres_driver.h"
#include "server/adapters/sql/postgres/postgres_store.h"
#include "server/adapters/sql/sqlite/sqlite_store.h"
#include "server/core/sha256.h"
#include "server/runtime/config.h"

namespace perigee {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kReadThreads = 8;
constexpr std::size_t kInternalReadThreads = 4;
constexpr QueueLimits kReadQueue{4096, milliseconds(400)};
constexpr std::size_t kJobThreads = 2;
constexpr QueueLimits kJobQueue{64};

std::unique_ptr<adapters::RedisBoards> ConnectRedis(
    const std::optional<runtime::RedisAddress>& address, const std::string& secret) {
  if (!address.has_value()) {
    return nullptr;
  }
  adapters::RedisConfig config;
  config.socket_path = address->socket_path;
  config.host = address->host;
  config.port = address->port;
  return std::make_unique<adapters::RedisBoards>(config, HmacSha256(secret, "ids in Redis"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<sql::SqlStore>> OpenStore(const runtime::StoreAddress& store,
                                                         runtime::Metrics& metrics) {
  sql::SqlStoreOptions options;
  options.telemetry = &metrics;
  return store.IsPostgres() ? sql::OpenPostgresStore(store.where, options)
                            : sql::OpenSqliteStore({store.where, store.keys}, options);
}

std::unique_ptr<ports::Blobs> OpenBlobs(const runtime::StoreAddress& store, ports::Ids& ids) {
  if (store.IsPostgres()) {
    return std::make_unique<sql::SqlBlobs>(sql::OpenPostgres(store.where, sql::PostgresUse::kServe),
                                           ids);
  }
  return std::make_unique<adapters::FolderBlobs>(store.where + "-blobs");
}

Threads::Threads(runtime::Metrics& metrics)
    : readers(kReadThreads, kReadQueue, &metrics.Queue("public reads")),
      internal_readers(kInternalReadThreads, kReadQueue, &metrics.Queue("internal reads")),
      workers(kJobThreads, kJobQueue),
      signs(1, {1}) {}

void Threads::Stop() {
  readers.Stop();
  internal_readers.Stop();
  workers.Stop();
  signs.Stop();
}

Boards::Boards(Ground& ground, const runtime::Config& config, const std::string& secret,
               ports::Executor& workers)
    : redis(ConnectRedis(config.redis, secret)),
      directory(*ground.store),
      terms(*ground.store),
      projection({.store = *ground.store,
                  .feed = ground.store->feed(),
                  .memory = memory,
                  .shared = redis.get(),
                  .directory = directory,
                  .terms = terms,
                  .clock = ground.clock,
                  .executor = workers,
                  .telemetry = ground.metrics}) {}

}  // namespace perigee
