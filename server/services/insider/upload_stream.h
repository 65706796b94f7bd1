#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "perigee/v1/attachment.pb.h"
#include "server/core/sha256.h"
#include "server/core/time.h"
#include "server/domain/insider/attachment.h"
#include "server/ports/blob/blobs.h"
#include "server/ports/store.h"
#include "server/services/call.h"
#include "server/services/open_streams.h"

namespace perigee::services {

class UploadStream;

using UploadStreams = OpenStreams<UploadStream>;

// One admitted UploadAttachment stream. It has one message in hand and reads the next once the
// bytes of that one are on disk. All its work runs on the executor, one piece at a time.
class UploadStream final : public grpc::ServerReadReactor<grpc::ByteBuffer>,
                           public std::enable_shared_from_this<UploadStream> {
 public:
  // All arguments must outlive the stream.
  static UploadStream* Start(UploadStreams& all, Call& call, ports::Blobs& blobs,
                             const RunningCall& running, grpc::ByteBuffer* answer);
  // Ends with ShuttingDown once the message in hand is done. What came is kept.
  void Stop();
  void Recheck();

  void OnReadDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  using Lock = std::unique_lock<std::mutex>;

  UploadStream(UploadStreams& all, Call& call, ports::Blobs& blobs, const RunningCall& running,
               grpc::ByteBuffer* answer);

  // Runs Work on the executor, unless it is queued or runs.
  void WorkSoon(Lock& lock);
  // Takes the message in hand, or asks again whether the caller may have the stream.
  void Work();
  absl::StatusOr<bool> AskAgain();
  // Takes the message in hand. True: the upload is finished and answered.
  absl::StatusOr<bool> Take();
  // The first message, without its bytes: what is uploaded, and where it goes on. True as Take.
  absl::StatusOr<bool> Begin(const v1::UploadAttachmentRequest& request);
  absl::Status Append(std::string_view bytes);
  // Makes the attachment of all the bytes, if they are there.
  absl::StatusOr<bool> FinishIfWhole();
  absl::Status AddAttachment(const Sha256Digest& digest, Time kept_time);
  // Runs a unit with the request's id. The answer of an earlier unit of that id, or of this one,
  // becomes the stream's.
  absl::Status Write(ports::Decide decide);
  // Whether the caller may still upload. Asks the store if it must.
  absl::Status Authorise(const google::protobuf::Message& request);
  absl::Status Incomplete() const;
  // Ends the stream if nothing runs, or else once that has ended.
  void End(Lock& lock, const absl::Status& status);
  // RunningCall::Admit for a unit that may outlive the call.
  absl::Status Admit();

  UploadStreams& all_;  // Keeps this one until OnDone.
  Call& call_;
  ports::Blobs& blobs_;
  grpc::ByteBuffer* const answer_;

  std::mutex mutex_;
  RunningCall running_;
  grpc::ByteBuffer message_;
  bool working_ = false;
  bool read_any_ = false;
  bool has_message_ = false;  // In hand.
  bool ending_ = false;
  bool ended_ = false;
  absl::Status ending_status_;

  // Used by work only.
  std::optional<v1::UploadAttachmentRequest> first_;  // Without its bytes.
  std::string program_;
  domain::Attachment attachment_;
  std::optional<Sha256Digest> expected_;
  ports::UploadKey upload_;
  Sha256Digest content_{};  // Of the request, for its id.
  std::int64_t received_ = 0;
};

}  // namespace perigee::services
