#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "perigee/v1/attachment.pb.h"
#include "server/core/sha256.h"
#include "server/core/time.h"
#include "server/domain/insider/item_read.h"
#include "server/services/call.h"
#include "server/services/watch_stream.h"
#include "server/use_cases/insider/attachments.h"

namespace perigee::services {

class Downloads;

// One admitted DownloadAttachment stream. It holds one part of the file at a time, and reads the
// next once that is sent. It asks the gate after it has read a part, and then sends the part at
// once. An answer of the gate serves further parts until the programme changes, the item falls due,
// or a quarter of a second is over.
class DownloadStream final : public WatchStream {
 public:
  // `all` keeps the stream until OnDone.
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(
      const std::shared_ptr<Downloads>& all, const RunningCall& running,
      const v1::DownloadAttachmentRequest& request);

  DownloadStream(std::shared_ptr<Downloads> all, const RunningCall& running,
                 const v1::DownloadAttachmentRequest& request);

  void OnDone() override;

  const std::string& program() const { return place_.program; }
  // Asks the gate over that view of its programme, and ends the stream at once if it is closed.
  // Other refusals than that are left to the stream's own looks.
  void Check(const std::shared_ptr<use_cases::GateGround>& ground);

 private:
  // How long the gate's last answer counts.
  struct Counts {
    std::uint64_t commits = 0;  // As long as the programme has so many.
    Time until{};
  };

  absl::Status Parse(const v1::DownloadAttachmentRequest& request);
  absl::Status Look() override;
  std::optional<grpc::ByteBuffer> Next(Lock& lock) override;
  grpc::ByteBuffer Heartbeat(Lock& lock) override;

  // Reads the next part unless there is one, and asks the gate whether it may be sent.
  absl::Status LookForPart();
  // Asks the gate for the first time, and puts the download on record.
  absl::Status Open();
  static domain::ItemPart PartOf(const use_cases::OpenAttachment& open);
  absl::Status PutOnRecord(const use_cases::OpenAttachment& open, Time now);
  // Asks the gate unless its last answer still counts.
  absl::Status AskGate();
  // Notes the answer, which was asked for at `now`, when the programme had so many commits.
  void Note(const use_cases::OpenAttachment& open, std::uint64_t commits, Time now);
  // Counts the download as ended by the gate, once.
  void CountShut();

  const std::shared_ptr<Downloads> all_;
  // Set once, at the start.
  absl::Status parsed_;  // Whether the request is well-formed.
  use_cases::AttachmentPlace place_;
  std::string member_;
  std::shared_ptr<const std::atomic<std::uint64_t>> commits_;  // Of the programme, since then.

  std::atomic<bool> is_open_{false};  // The gate was open for it.
  std::atomic<bool> was_shut_{false};

  // Used by looks only.
  std::optional<v1::Attachment> attachment_;  // Absent before the download is on record.
  Sha256Digest digest_{};                     // Of the attachment.
  Counts opened_;

  // Guarded by the stream's lock.
  std::int64_t offset_ = 0;  // Of the next byte to send.
  std::int64_t size_ = 0;
  std::optional<v1::Attachment> head_;  // To be sent with the next part.
  std::string part_;
  bool may_send_ = false;  // A look has just found that the part may be sent.
};

}  // namespace perigee::services
