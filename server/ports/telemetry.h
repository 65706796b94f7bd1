#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/domain/record/revision.h"

namespace perigee::ports {

struct ProgramHealth;

// The figures of one RPC method. The server of the method keeps the pointer and never looks it up
// per call. Safe from many threads.
class RpcStats {
 public:
  virtual ~RpcStats() = default;
  virtual void Started() = 0;
  virtual void Finished(absl::StatusCode code, std::chrono::nanoseconds took) = 0;
};

// The figures of one streaming method. `took` of Finished is the stream's age. Safe from many
// threads.
class StreamStats : public RpcStats {
 public:
  // A message was read or sent.
  virtual void Message() = 0;
};

// The figures of one queue of waiting work. Safe from many threads.
class QueueStats {
 public:
  virtual ~QueueStats() = default;
  // The work's turn came.
  virtual void Waited(std::chrono::nanoseconds waited) = 0;
  // There was no room for the work.
  virtual void Refused() = 0;
  // Nobody waited for the work any more when its turn came, so it was not begun.
  virtual void Dropped() = 0;
};

// What the gate of insider items says to a member who asks to read one. What is closed and what is
// not there count alike, so that no figure tells of an item.
enum class GateAnswer : std::uint8_t { kReleased, kInsider, kMissing };

// The figures of the inboxes that are watched. Safe from many threads.
class InboxStats {
 public:
  virtual ~InboxStats() = default;
  // How many watchers wait for a look at their inbox.
  virtual void Waiting(std::size_t watchers) = 0;
  // A notification goes out to its watcher, so long after it came to be.
  virtual void Delivered(std::chrono::nanoseconds age) = 0;
};

// Takes the running program's figures. Their names and labels are in runtime/metrics.cpp. Safe from
// many threads. No call blocks.
class Telemetry {
 public:
  virtual ~Telemetry() = default;
  // `method` is `Service/Method`. The result lives as long as the telemetry.
  virtual RpcStats& Rpc(std::string_view service, std::string_view method) = 0;
  virtual StreamStats& Stream(std::string_view service, std::string_view method) = 0;

  // `queue` is one of a few names. The result lives as long as the telemetry.
  virtual QueueStats& Queue(std::string_view queue) = 0;

  // The result lives as long as the telemetry.
  virtual InboxStats& Inboxes() = 0;

  virtual void StoreCommitted(std::chrono::nanoseconds took, std::size_t units) = 0;
  virtual void StoreFailed() = 0;

  virtual void JournalHead(const std::string& program, domain::Revision head) = 0;
  // `projection` is one of a few names: `memory` and `redis` are the boards.
  virtual void Projected(const std::string& program, std::string_view projection,
                         domain::Revision applied) = 0;
  // The projection could not go on and will try again.
  virtual void ProjectionFailed(std::string_view projection) = 0;
  virtual void BoardRebuilt(std::string_view cache, std::chrono::nanoseconds took) = 0;
  virtual void RedisUp(bool up) = 0;

  // A member asked to read an insider item or a part of one.
  virtual void GateAsked(GateAnswer answer) = 0;
  // A part of an item was shown to a member. `shared`: the read shares an entry of the access log.
  virtual void ItemShown(bool shared) = 0;

  // Bytes of an attachment were handed to the network.
  virtual void AttachmentBytesSent(std::int64_t bytes) = 0;
  // The gate closed while a download was open, so that it ended.
  virtual void DownloadShut() = 0;

  // An attempt to send to a `receiver`, `webhook` or `push`, ended. `outcome`: `arrived`, `failed`
  // (it is tried again), `dead` (it was given up), `gone` (the device was removed) or `dropped`
  // (there was nothing to send any more). `age`: since there was something to send.
  virtual void Delivered(std::string_view receiver, std::string_view outcome,
                         std::chrono::nanoseconds age) = 0;

  virtual void Health(const std::string& program, const ProgramHealth& health) = 0;
  // Ends all figures of the programme.
  virtual void ProgramDeleted(const std::string& program) = 0;
};

}  // namespace perigee::ports
