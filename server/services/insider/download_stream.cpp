#include "server/services/insider/download_stream.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/insider/gate.h"
#include "server/ports/blob/blobs.h"
#include "server/ports/clock.h"
#include "server/ports/store.h"
#include "server/ports/telemetry.h"
#include "server/services/gatekeeper.h"
#include "server/services/insider/attachment_convert.h"
#include "server/services/insider/downloads.h"
#include "server/services/lookup.h"
#include "server/use_cases/insider/reads.h"
#include "server/use_cases/write_and_wait.h"

namespace perigee::services {
namespace {

constexpr std::size_t kPartBytes = std::size_t{64} * 1024;
// How long an answer of the gate counts if nothing is known to have changed. A right may end by
// time alone, such as that of a title.
constexpr std::chrono::milliseconds kGateCounts{250};
constexpr std::string_view kMethod = "AttachmentService/DownloadAttachment";

bool IsMissing(const absl::Status& status) { return ReasonOf(status) == Reason::kNotFound; }

}  // namespace

DownloadStream::DownloadStream(std::shared_ptr<Downloads> all, const RunningCall& running,
                               const v1::DownloadAttachmentRequest& request)
    : WatchStream(all->call(), running, std::make_unique<v1::DownloadAttachmentRequest>(request)),
      all_(std::move(all)),
      offset_(request.offset()) {}

grpc::ServerWriteReactor<grpc::ByteBuffer>* DownloadStream::Start(
    const std::shared_ptr<Downloads>& all, const RunningCall& running,
    const v1::DownloadAttachmentRequest& request) {
  const auto stream = std::make_shared<DownloadStream>(all, running, request);
  stream->parsed_ = stream->Parse(request);
  const bool goes_on = all->Add(stream);
  stream->commits_ = all->CommitsOf(stream->program());
  if (goes_on) {
    stream->Begin();
  } else {
    stream->Stop();
  }
  return stream.get();
}

absl::Status DownloadStream::Parse(const v1::DownloadAttachmentRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(place_, ParseAttachmentName(request.name()));
  PERIGEE_ASSIGN_OR_RETURN(member_, ParseMemberRef("member", request.member(), place_.program));
  return request.offset() < 0 ? InvalidField("offset", "must not be negative") : absl::OkStatus();
}

void DownloadStream::OnDone() {
  all_->Remove(std::static_pointer_cast<DownloadStream>(shared_from_this()));
}

void DownloadStream::Check(const std::shared_ptr<use_cases::GateGround>& ground) {
  if (!parsed_.ok()) {
    return;  // The first look ends it.
  }
  const absl::Status status =
      use_cases::RequireOpenAttachment(ground, place_, member_, call_.clock().Now()).status();
  if (IsMissing(status)) {
    CountShut();
    CutOff(status);
  }
}

void DownloadStream::CountShut() {
  if (is_open_ && !was_shut_.exchange(true)) {
    all_->telemetry().DownloadShut();
  }
}

absl::Status DownloadStream::Look() {
  {
    const Lock lock(mutex_);
    may_send_ = false;
  }
  const absl::Status status = LookForPart();
  if (absl::IsUnavailable(status)) {
    End(status);  // The caller knows best whether it is worth waiting. It resumes.
    return absl::OkStatus();
  }
  return status;
}

absl::Status DownloadStream::LookForPart() {
  // Only here is the caller known to be admitted to the programme, and may learn what is wrong.
  PERIGEE_RETURN_IF_ERROR(parsed_);
  if (!attachment_.has_value()) {
    PERIGEE_RETURN_IF_ERROR(Open());
  }
  std::int64_t offset = 0;
  std::optional<std::string> part;
  {
    const Lock lock(mutex_);
    offset = offset_;
    part = part_;
  }
  if (part->empty() && offset < attachment_->size()) {
    PERIGEE_ASSIGN_OR_RETURN(part,
                             all_->blobs().Read({place_.program, digest_}, offset, kPartBytes));
  }
  PERIGEE_RETURN_IF_ERROR(AskGate());
  if (!part.has_value() || (part->empty() && offset < attachment_->size())) {
    return absl::InternalError("bytes of an attachment are missing");
  }
  Lock lock(mutex_);
  part_ = *std::move(part);
  PERIGEE_RETURN_IF_ERROR(Admit(lock));
  may_send_ = true;
  return absl::OkStatus();
}

std::optional<grpc::ByteBuffer> DownloadStream::Next(Lock& lock) {
  if (!may_send_) {
    return std::nullopt;
  }
  may_send_ = false;
  v1::DownloadAttachmentResponse message;
  if (head_.has_value()) {
    *message.mutable_attachment() = *std::exchange(head_, std::nullopt);
  }
  message.set_offset(offset_);
  message.set_data(std::exchange(part_, {}));
  offset_ += static_cast<std::int64_t>(message.data().size());
  all_->telemetry().AttachmentBytesSent(static_cast<std::int64_t>(message.data().size()));
  if (offset_ == size_) {
    EndAfterThis(lock);
  } else {
    look_due_ = true;
  }
  return ToBytes(message);
}

grpc::ByteBuffer DownloadStream::Heartbeat(Lock&) {
  v1::DownloadAttachmentResponse message;
  message.set_offset(offset_);
  return ToBytes(message);
}

absl::Status DownloadStream::Open() {
  Caller caller;
  {
    const Lock lock(mutex_);
    caller = running_.caller;
  }
  PERIGEE_RETURN_IF_ERROR(RequireOwn(caller, kMethod, place_.program));
  const Time now = call_.clock().Now();
  const std::uint64_t commits = *commits_;
  std::optional<domain::ItemRead> on_record;
  const auto open = ReadFrom(
      call_.store(), [&](ports::StoreReader& reader) -> absl::StatusOr<use_cases::OpenAttachment> {
        PERIGEE_ASSIGN_OR_RETURN(use_cases::OpenAttachment found,
                                 use_cases::RequireOpenAttachment(reader, place_, member_, now));
        PERIGEE_ASSIGN_OR_RETURN(
            on_record,
            use_cases::ReadOnRecord(reader, place_.program, found.reader, PartOf(found), now));
        return found;
      });
  if (!open.ok()) {
    if (IsMissing(open.status())) {
      all_->telemetry().GateAsked(ports::GateAnswer::kMissing);
    }
    return open.status();
  }
  const bool released = open->open.outcome == domain::GateOutcome::kReleased;
  all_->telemetry().GateAsked(released ? ports::GateAnswer::kReleased
                                       : ports::GateAnswer::kInsider);
  {
    const Lock lock(mutex_);
    if (offset_ > open->attachment.size) {
      return InvalidField("offset", "must not be beyond the end");
    }
  }
  if (!on_record.has_value()) {
    PERIGEE_RETURN_IF_ERROR(PutOnRecord(*open, now));
  }
  all_->telemetry().ItemShown(on_record.has_value());
  const std::optional<Sha256Digest> digest = ParseSha256(open->attachment.digest);
  if (!digest.has_value()) {
    return absl::InternalError("an attachment has no digest");
  }
  digest_ = *digest;
  attachment_ = ToProto(place_.program, open->attachment);
  Note(*open, commits, now);
  is_open_ = true;
  const Lock lock(mutex_);
  head_ = attachment_;
  size_ = attachment_->size();
  return absl::OkStatus();
}

domain::ItemPart DownloadStream::PartOf(const use_cases::OpenAttachment& open) {
  return {open.open.item.id, open.open.item.version, open.attachment.id};
}

absl::Status DownloadStream::PutOnRecord(const use_cases::OpenAttachment& open, Time now) {
  ports::Unit unit;
  {
    const Lock lock(mutex_);
    unit.by = running_.caller.by;
    unit.method = RpcOf(*running_.method);
  }
  unit.program = place_.program;
  unit.now = now;
  unit.in_closed = true;
  unit.admit = [stream = std::static_pointer_cast<DownloadStream>(shared_from_this())] {
    Lock lock(stream->mutex_);
    return stream->Admit(lock);
  };
  unit.decide = [program = place_.program, member = open.reader, part = PartOf(open), now](
                    ports::StoreReader& reader,
                    const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    PERIGEE_ASSIGN_OR_RETURN(
        use_cases::RecordedRead recorded,
        use_cases::RecordItemRead(reader, context, program, member, part, now));
    return use_cases::DecisionOf(std::move(recorded));
  };
  const absl::Status written = use_cases::WriteAndWait(call_.store(), std::move(unit)).status();
  return IsMissing(written) ? NotFound(use_cases::NameOf(place_)) : written;
}

absl::Status DownloadStream::AskGate() {
  const Time now = call_.clock().Now();
  const std::uint64_t commits = *commits_;  // Read first: what is asked for afterwards is newer.
  if (opened_.commits == commits && now < opened_.until) {
    return absl::OkStatus();
  }
  const auto open = ReadFrom(call_.store(), [&](ports::StoreReader& reader) {
    return use_cases::RequireOpenAttachment(reader, place_, member_, now);
  });
  if (!open.ok()) {
    if (IsMissing(open.status())) {
      CountShut();
    }
    return open.status();
  }
  Note(*open, commits, now);
  return absl::OkStatus();
}

void DownloadStream::Note(const use_cases::OpenAttachment& open, std::uint64_t commits, Time now) {
  const Time until = now + kGateCounts;
  opened_ = {commits, std::min(until, open.open.item.due_time.value_or(until))};
}

}  // namespace perigee::services
