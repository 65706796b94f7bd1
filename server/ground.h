#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/adapters/board/memory_boards.h"
#include "server/adapters/board/redis_boards.h"
#include "server/adapters/member/member_directory.h"
#include "server/adapters/sql/sql_store.h"
#include "server/adapters/system/random_ids.h"
#include "server/adapters/system/system_clock.h"
#include "server/jobs/board/board_projection.h"
#include "server/jobs/member/terms.h"
#include "server/ports/blob/blobs.h"
#include "server/runtime/executor.h"
#include "server/runtime/metrics.h"

namespace perigee::runtime {
struct Config;
struct StoreAddress;
}  // namespace perigee::runtime

// What stands below the services, jobs and doors of a server.
namespace perigee {

// The parts that all other parts need.
struct Ground {
  runtime::Metrics metrics;
  adapters::SystemClock clock;
  adapters::SystemSteadyClock steady_clock;
  adapters::RandomIds ids;
  std::unique_ptr<sql::SqlStore> store;
  std::unique_ptr<ports::Blobs> blobs;
};

absl::StatusOr<std::unique_ptr<sql::SqlStore>> OpenStore(const runtime::StoreAddress& store,
                                                         runtime::Metrics& metrics);

// The bytes of attachments that belong to the store: a folder beside a file, or tables of the same
// database. Does not look at them yet. `ids` must outlive it.
std::unique_ptr<ports::Blobs> OpenBlobs(const runtime::StoreAddress& store, ports::Ids& ids);

// The threads for work that may block.
struct Threads {
  explicit Threads(runtime::Metrics& metrics);
  void Stop();

  // Each door has threads of its own, so that a crowd at the public door cannot shut the other.
  runtime::ThreadExecutor readers;
  runtime::ThreadExecutor internal_readers;
  runtime::ThreadExecutor workers;
  runtime::ThreadExecutor signs;  // A thread of its own, so that no work delays a sign of life.
};

// The boards of this process, their copy in Redis, and the projection that keeps both up to date.
struct Boards {
  // `secret` is the store's.
  Boards(Ground& ground, const runtime::Config& config, const std::string& secret,
         ports::Executor& workers);

  adapters::MemoryBoards memory;
  const std::unique_ptr<adapters::RedisBoards> redis;
  adapters::StoreMemberDirectory directory;
  jobs::StoreTerms terms;
  jobs::BoardProjection projection;
};

}  // namespace perigee
