#include "server/services/insider/upload_stream.h"

#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/clock.h"
#include "server/ports/store.h"
#include "server/services/insider/attachment_convert.h"
#include "server/use_cases/insider/attachments.h"
#include "server/use_cases/write_and_wait.h"

namespace perigee::services {
namespace {

constexpr std::chrono::milliseconds kRoomWait{10};
constexpr std::chrono::seconds kFirstMessage{10};

// Only the first message says what is uploaded. The request is without its bytes.
absl::Status CheckLater(const v1::UploadAttachmentRequest& request) {
  return request.ByteSizeLong() == 0
             ? absl::OkStatus()
             : InvalidField("data", "must be the only field of a message after the first");
}

}  // namespace

UploadStream::UploadStream(UploadStreams& all, Call& call, ports::Blobs& blobs,
                           const RunningCall& running, grpc::ByteBuffer* answer)
    : all_(all), call_(call), blobs_(blobs), answer_(answer), running_(running) {}

UploadStream* UploadStream::Start(UploadStreams& all, Call& call, ports::Blobs& blobs,
                                  const RunningCall& running, grpc::ByteBuffer* answer) {
  const std::shared_ptr<UploadStream> stream(new UploadStream(all, call, blobs, running, answer));
  const bool goes_on = all.Add(stream);
  stream->StartRead(&stream->message_);
  if (!goes_on) {
    stream->Stop();
  }
  return stream.get();
}

void UploadStream::Stop() {
  Lock lock(mutex_);
  End(lock, ShuttingDown());
}

void UploadStream::Recheck() {
  Lock lock(mutex_);
  if (ending_ || working_) {
    return;  // The work asks.
  }
  const Time now = call_.clock().Now();
  const absl::Status holds = running_.StillHolds(now);
  const bool waits_for_the_first = IsWouldBlock(holds) && running_.caller.access == nullptr;
  if (waits_for_the_first && now - running_.now >= kFirstMessage) {
    End(lock, Error(Reason::kDeadlinePassed, "no message came within ten seconds"));
  } else if (IsWouldBlock(holds) && !waits_for_the_first) {
    WorkSoon(lock);
  } else if (!holds.ok() && !waits_for_the_first) {
    End(lock, holds);
  }
}

void UploadStream::OnReadDone(bool ok) {
  Lock lock(mutex_);
  if (!ok) {
    End(lock, read_any_ ? Incomplete() : InvalidField("parent", "is required"));
    return;
  }
  running_.CountMessage();
  read_any_ = true;
  has_message_ = true;
  WorkSoon(lock);
}

void UploadStream::OnCancel() {
  Lock lock(mutex_);
  End(lock, absl::CancelledError("the caller went away"));
}

void UploadStream::OnDone() { all_.Remove(shared_from_this()); }

void UploadStream::WorkSoon(Lock&) {
  if (working_ || ending_) {
    return;
  }
  working_ = true;
  const auto work = [stream = shared_from_this()] { stream->Work(); };
  if (!call_.executor().Submit(work).ok()) {
    call_.executor().After(kRoomWait, work);
  }
}

void UploadStream::Work() {
  bool takes = false;
  {
    const Lock lock(mutex_);
    takes = has_message_ && !ending_;
  }
  const absl::StatusOr<bool> finished = takes ? Take() : AskAgain();
  Lock lock(mutex_);
  working_ = false;
  if (ending_) {
    End(lock, ending_status_);
  } else if (!finished.ok() || *finished) {
    End(lock, finished.status());
  } else if (takes) {
    // gRPC never runs a reaction inside StartRead, so it may be called under the lock.
    has_message_ = false;
    StartRead(&message_);
  } else if (has_message_) {
    WorkSoon(lock);
  }
}

absl::StatusOr<bool> UploadStream::AskAgain() {
  if (!first_.has_value()) {
    return false;
  }
  const absl::Status status = Authorise(*first_);
  // What is only refused for now, the next message asks again.
  const bool may_pass = absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
  return status.ok() || may_pass ? absl::StatusOr<bool>(false) : status;
}

absl::Status UploadStream::Authorise(const google::protobuf::Message& request) {
  std::optional<RunningCall> call;
  {
    const Lock lock(mutex_);
    call = running_;
  }
  const Time now = call_.clock().Now();
  const absl::Status holds = call->StillHolds(now);
  if (!IsWouldBlock(holds)) {
    return holds;
  }
  PERIGEE_RETURN_IF_ERROR(call->Authorise(request, now, false));
  const Lock lock(mutex_);
  running_.caller = call->caller;
  return absl::OkStatus();
}

absl::Status UploadStream::Admit() {
  const Lock lock(mutex_);
  // After the end the stream may have no call any more.
  return ending_ ? ending_status_ : running_.Admit();
}

absl::StatusOr<bool> UploadStream::Take() {
  v1::UploadAttachmentRequest request;
  // Nobody else touches the message before the next read.
  PERIGEE_RETURN_IF_ERROR(ParseBytes(message_, request));
  PERIGEE_RETURN_IF_ERROR(Authorise(first_.has_value() ? *first_ : request));
  PERIGEE_RETURN_IF_ERROR(Admit());
  const std::string data = std::move(*request.mutable_data());
  request.clear_data();
  if (data.size() > ports::kBlobBytesAtOnce) {
    return InvalidField("data",
                        absl::StrCat("must be at most ", ports::kBlobBytesAtOnce, " bytes"));
  }
  if (first_.has_value()) {
    PERIGEE_RETURN_IF_ERROR(CheckLater(request));
  } else {
    PERIGEE_ASSIGN_OR_RETURN(const bool finished, Begin(request));
    if (finished) {
      return true;
    }
  }
  PERIGEE_RETURN_IF_ERROR(Append(data));
  return FinishIfWhole();
}

absl::StatusOr<bool> UploadStream::Begin(const v1::UploadAttachmentRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kItemPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Uuid id, ParseUuid(request.request_id(), "request_id"));
  attachment_.item = parts[1];
  attachment_.id = request.attachment_id();
  attachment_.display_name = request.display_name();
  attachment_.media_type = request.media_type();
  attachment_.size = request.size();
  attachment_.digest = request.digest();
  PERIGEE_RETURN_IF_ERROR(domain::CheckAttachment(attachment_));
  if (request.offset() < 0 || request.offset() > request.size()) {
    return InvalidField("offset", "must be 0 to the size");
  }
  expected_ = ParseSha256(attachment_.digest);
  program_ = parts[0];
  upload_ = {program_, id};
  first_ = request;
  v1::UploadAttachmentRequest content = *first_;
  content.clear_offset();
  content_ = ContentHash(*running_.method, content);
  // A known id has its answer already. Otherwise this tells early what the end would refuse.
  const absl::Status known =
      Write([place = use_cases::AttachmentPlace{program_, attachment_.item, attachment_.id}](
                ports::StoreReader& reader,
                const ports::UnitContext&) -> absl::StatusOr<ports::Decision> {
        PERIGEE_RETURN_IF_ERROR(use_cases::CheckNewAttachment(reader, place));
        return WouldBlock();
      });
  if (!IsWouldBlock(known)) {
    PERIGEE_RETURN_IF_ERROR(known);
    return true;
  }
  if (expected_.has_value()) {
    const Time now = call_.clock().Now();
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<std::int64_t> size,
                             blobs_.Touch({program_, *expected_}, now));
    if (size == attachment_.size) {
      PERIGEE_RETURN_IF_ERROR(AddAttachment(*expected_, now));
      return true;
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(received_, blobs_.Received(upload_));
  if (received_ != request.offset()) {
    return Incomplete();
  }
  return false;
}

absl::Status UploadStream::Append(std::string_view bytes) {
  if (bytes.empty()) {
    return absl::OkStatus();
  }
  const auto size = static_cast<std::int64_t>(bytes.size());
  if (size > attachment_.size - received_) {
    return InvalidField("data", "must not be more than the size in all");
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t has,
                           blobs_.Append(upload_, received_, bytes, call_.clock().Now()));
  const std::int64_t expected = received_ + size;
  received_ = has;
  return has == expected ? absl::OkStatus() : Incomplete();
}

absl::StatusOr<bool> UploadStream::FinishIfWhole() {
  if (received_ < attachment_.size) {
    return false;
  }
  const Time now = call_.clock().Now();
  PERIGEE_ASSIGN_OR_RETURN(const ports::KeptBlob kept, blobs_.Keep(upload_, now));
  if (expected_.has_value() && kept.digest != *expected_) {
    return Error(Reason::kDigestMismatch, "the bytes have the digest " + Hex(kept.digest),
                 {{"digest", Hex(kept.digest)}});
  }
  PERIGEE_RETURN_IF_ERROR(AddAttachment(kept.digest, now));
  return true;
}

absl::Status UploadStream::AddAttachment(const Sha256Digest& digest, Time kept_time) {
  attachment_.digest = Hex(digest);
  return Write([program = program_, attachment = attachment_, kept_time](
                   ports::StoreReader& reader, const ports::UnitContext& unit) {
    return Answered(use_cases::AddAttachment(reader, unit, program, attachment, kept_time),
                    [&](const domain::Attachment& added) { return ToProto(program, added); });
  });
}

absl::Status UploadStream::Write(ports::Decide decide) {
  ports::Unit unit;
  unit.program = program_;
  unit.request = ports::RequestKey{upload_.id, content_};
  unit.now = call_.clock().Now();
  unit.decide = std::move(decide);
  unit.admit = [stream = shared_from_this()] { return stream->Admit(); };
  {
    const Lock lock(mutex_);
    unit.by = running_.caller.by;
    unit.method = RpcOf(*running_.method);
  }
  PERIGEE_ASSIGN_OR_RETURN(const ports::Outcome outcome,
                           use_cases::WriteAndWait(call_.store(), std::move(unit)));
  const Lock lock(mutex_);
  if (!ending_) {
    running_.context->AddInitialMetadata("perigee-revision", std::to_string(outcome.revision));
    if (outcome.replayed) {
      running_.context->AddInitialMetadata("perigee-replayed", "true");
    }
    const grpc::Slice answer(outcome.answer);
    *answer_ = grpc::ByteBuffer(&answer, 1);
  }
  return absl::OkStatus();
}

absl::Status UploadStream::Incomplete() const {
  const std::string offset = std::to_string(received_);
  return Error(Reason::kUploadIncomplete,
               "the upload has " + offset + " of " + std::to_string(attachment_.size) +
                   " bytes: send the rest from there on",
               {{"offset", offset}, {"size", std::to_string(attachment_.size)}});
}

void UploadStream::End(Lock&, const absl::Status& status) {
  if (!ending_) {
    ending_ = true;
    ending_status_ = status;
  }
  if (!working_ && !ended_) {
    ended_ = true;
    Finish(running_.End(ending_status_));
  }
}

}  // namespace perigee::services
