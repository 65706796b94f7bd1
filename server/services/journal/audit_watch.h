#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "perigee/v1/audit.pb.h"
#include "server/domain/record/revision.h"
#include "server/services/call.h"
#include "server/services/journal/audit_convert.h"
#include "server/services/open_streams.h"
#include "server/services/watch_stream.h"

namespace perigee::services {

class AuditWatch;

// All streams of audit entries. `call` must outlive it, and it must outlive the streams. Safe from
// many threads.
class AuditWatches {
 public:
  explicit AuditWatches(Call& call);

  // Starts the stream of an admitted call.
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(const RunningCall& running,
                                                    const v1::WatchAuditEntriesRequest& request);
  void Stop() { open_.Stop(); }
  void Recheck() { open_.Recheck(); }

 private:
  friend class AuditWatch;
  void Join(const std::string& program, const std::shared_ptr<AuditWatch>& watch);
  void Remove(const std::string& program, const std::shared_ptr<AuditWatch>& watch);
  void Wake(const std::string& program);

  Call& call_;
  OpenStreams<WatchStream> open_;
  std::mutex mutex_;
  std::map<std::string, std::set<std::shared_ptr<AuditWatch>>> by_program_;
  std::shared_ptr<void> listening_;  // Dropped first.
};

// One admitted stream. It reads the journal on from its position whenever it has sent all that it
// read, so each entry is sent once, wherever it was written.
class AuditWatch final : public WatchStream {
 public:
  AuditWatch(AuditWatches& all, const RunningCall& running,
             const v1::WatchAuditEntriesRequest& request);

  void Open();
  void OnDone() override;

 private:
  friend class AuditWatches;
  struct Batch {
    AuditQuery query;
    std::vector<v1::AuditEntry> entries;
    domain::Revision position = 0;
    bool full = false;
  };

  absl::Status Look() override;
  std::optional<grpc::ByteBuffer> Next(Lock& lock) override;
  grpc::ByteBuffer Heartbeat(Lock& lock) override;
  void WhenReady(Lock& lock, const std::function<void()>& look) override;
  absl::StatusOr<Batch> ReadOn(ports::StoreReader& reader) const;

  AuditWatches& all_;
  const v1::WatchAuditEntriesRequest asked_;
  std::string program_;

  // Guarded by the stream's lock. Only looks change the first two, and read them without it.
  std::optional<AuditQuery> query_;  // Absent before the first look.
  domain::Revision position_ = 0;    // Up to which all entries were read.
  bool more_ = true;                 // There may be entries after it.
  bool started_ = false;             // The caller knows where the stream starts.
  std::deque<v1::AuditEntry> read_;  // To be sent.
};

}  // namespace perigee::services
