#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "perigee/v1/member.pb.h"
#include "server/services/call.h"
#include "server/services/member/member_export.h"
#include "server/services/open_streams.h"
#include "server/services/watch_stream.h"

namespace perigee::services {

using ExportStreams = OpenStreams<WatchStream>;

// One admitted ExportMember stream. It reads one piece of the document at a time and sends it
// before it reads the next: while the caller reads, the stream holds one piece and no view of the
// store.
class ExportStream final : public WatchStream {
 public:
  // All arguments but `request` must outlive the stream.
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(ExportStreams& all, Call& call,
                                                           const RunningCall& running,
                                                           const v1::ExportMemberRequest& request);

  ExportStream(ExportStreams& all, Call& call, const RunningCall& running,
               const v1::ExportMemberRequest& request)
      : WatchStream(call, running, std::make_unique<v1::ExportMemberRequest>(request)), all_(all) {}

  void OnDone() override;

 private:
  absl::Status Look() override;
  std::optional<grpc::ByteBuffer> Next(Lock& lock) override;
  grpc::ByteBuffer Heartbeat(Lock& lock) override;

  ExportStreams& all_;                    // Keeps this one until OnDone.
  std::unique_ptr<MemberExport> export_;  // Used by looks only.

  // Guarded by the stream's lock. Only looks change the piece, once it is sent.
  std::string piece_;
  std::size_t sent_ = 0;  // Of the piece.
  bool read_all_ = false;
};

}  // namespace perigee::services
