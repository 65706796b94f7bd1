#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/domain/record/revision.h"

namespace perigee::ports {

struct ProgramHealth;

// What is measured of one RPC method; kept by whoever serves it, never looked up per call. Safe
// from many threads.
class RpcStats {
 public:
  virtual ~RpcStats() = default;
  virtual void Started() = 0;
  virtual void Finished(absl::StatusCode code, std::chrono::nanoseconds took) = 0;
};

// What is measured of work that waits for its turn. Safe from many threads.
class QueueStats {
 public:
  virtual ~QueueStats() = default;
  // Its turn came.
  virtual void Waited(std::chrono::nanoseconds waited) = 0;
  // There was no room.
  virtual void Refused() = 0;
  // Nobody waited for it any more when its turn came, so that it was not begun.
  virtual void Dropped() = 0;
};

// Where the running program says how it is. Names and labels are those of runtime/metrics.cpp. Safe
// from many threads; no call blocks.
class Telemetry {
 public:
  virtual ~Telemetry() = default;
  // `method` is `Service/Method`. Lives as long as the telemetry.
  virtual RpcStats& Rpc(std::string_view service, std::string_view method) = 0;

  // `queue` is one of a few names. Lives as long as the telemetry.
  virtual QueueStats& Queue(std::string_view queue) = 0;

  virtual void StoreCommitted(std::chrono::nanoseconds took, std::size_t units) = 0;
  virtual void StoreFailed() = 0;

  virtual void JournalHead(const std::string& program, domain::Revision head) = 0;
  // `projection` is one of a few names: `memory` and `redis` are the boards.
  virtual void Projected(const std::string& program, std::string_view projection,
                         domain::Revision applied) = 0;
  // It could not go on, and will try again.
  virtual void ProjectionFailed(std::string_view projection) = 0;
  virtual void BoardRebuilt(std::string_view cache, std::chrono::nanoseconds took) = 0;
  virtual void RedisUp(bool up) = 0;
  virtual void Watchers(std::int64_t open) = 0;
  // A message to a watcher is out.
  virtual void WatcherTold() = 0;

  virtual void Health(const std::string& program, const ProgramHealth& health) = 0;
};

}  // namespace perigee::ports
