#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "perigee/v1/member.pb.h"
#include "server/core/time.h"
#include "server/services/call.h"
#include "server/services/member/member_export.h"
#include "server/services/open_streams.h"

namespace perigee::services {

class ExportStream;

using ExportStreams = OpenStreams<ExportStream>;

// One admitted ExportMember stream. It reads one piece of the document at a time, on the executor,
// and sends it before it reads the next: while the caller reads, the stream holds one piece and no
// view of the store. A caller that takes nothing for 20 to 25 seconds is cut off. Lives until gRPC
// and the executor no longer need it.
class ExportStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                           public std::enable_shared_from_this<ExportStream> {
 public:
  // All arguments but `request` must outlive the stream.
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(ExportStreams& all, Call& call,
                                                           const RunningCall& running,
                                                           const v1::ExportMemberRequest& request);
  void Stop() { End(ShuttingDown()); }
  void Recheck();

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  using Lock = std::unique_lock<std::mutex>;

  ExportStream(ExportStreams& all, Call& call, const RunningCall& running,
               const v1::ExportMemberRequest& request)
      : all_(all), call_(call), request_(request), running_(running) {}

  // Lets the executor authorise the call anew where that is needed, and go on.
  void WorkSoon(Lock& lock);
  void Work();
  absl::Status Authorise();
  // Whether the stream may go on. WouldBlock: it must be authorised anew.
  absl::Status Admit(Lock& lock) const;
  // Records the read if it is somebody else's. Waits for the store.
  absl::Status Record();
  absl::Status ReadPiece();
  // Fills message_. True: the caller of Load sends it, after it has unlocked.
  bool Load(Lock& lock);
  void TickLater();
  void Tick();
  // Ends the stream, even while a message is on its way.
  void Cut(Lock& lock, const absl::Status& status);
  void End(const absl::Status& status);

  ExportStreams& all_;  // Keeps this one until OnDone.
  Call& call_;
  const v1::ExportMemberRequest request_;
  // Only the executor's work uses these, one at a time.
  std::unique_ptr<MemberExport> export_;
  bool recorded_ = false;

  std::mutex mutex_;
  RunningCall running_;
  std::string piece_;
  std::size_t sent_ = 0;  // Of the piece.
  bool read_all_ = false;
  bool working_ = false;  // On the executor.
  bool writing_ = false;
  bool ending_ = false;
  bool ended_ = false;
  absl::Status ending_status_;
  Time last_sent_{};
  grpc::ByteBuffer message_;  // On its way while writing_.
};

}  // namespace perigee::services
