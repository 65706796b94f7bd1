#include "server/services/member/export_stream.h"

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/clock.h"
#include "server/ports/store.h"
#include "server/services/personal_reads.h"
#include "server/use_cases/write_and_wait.h"

namespace perigee::services {
namespace {

constexpr std::size_t kMessageBytes = 64 * 1024;
constexpr std::chrono::seconds kPatience{20};
constexpr std::chrono::seconds kTick{5};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* ExportStream::Start(
    ExportStreams& all, Call& call, const RunningCall& running,
    const v1::ExportMemberRequest& request) {
  const std::shared_ptr<ExportStream> stream(new ExportStream(all, call, running, request));
  const bool goes_on = all.Add(stream);
  const auto parts = ParseName("name", request.name(), kMemberPattern);
  if (!goes_on || !parts.ok()) {
    stream->End(goes_on ? parts.status() : ShuttingDown());
    return stream.get();
  }
  stream->export_ = std::make_unique<MemberExport>((*parts)[0], (*parts)[1]);
  stream->TickLater();
  Lock lock(stream->mutex_);
  stream->WorkSoon(lock);
  return stream.get();
}

void ExportStream::WorkSoon(Lock& lock) {
  if (working_ || ending_) {
    return;
  }
  working_ = true;
  const absl::Status queued =
      call_.executor().Submit([stream = shared_from_this()] { stream->Work(); });
  if (!queued.ok()) {
    working_ = false;
    Cut(lock, queued);
  }
}

void ExportStream::Work() {
  absl::Status status = Authorise();
  Lock lock(mutex_);
  if (status.ok()) {
    status = Admit(lock);
  }
  // Nobody else changes the piece while this works, except that a message on its way ends.
  if (status.ok() && !ending_ && !writing_ && sent_ == piece_.size() && !read_all_) {
    lock.unlock();
    status = ReadPiece();
    lock.lock();
  }
  working_ = false;
  if (IsWouldBlock(status)) {
    WorkSoon(lock);  // The caller's access changed meanwhile.
    return;
  }
  if (!status.ok()) {
    Cut(lock, status);
    return;
  }
  const bool send = Load(lock);
  const bool done = !send && !writing_ && read_all_;
  lock.unlock();
  if (send) {
    StartWrite(&message_);
  } else if (done) {
    End(absl::OkStatus());
  }
}

absl::Status ExportStream::Authorise() {
  std::optional<RunningCall> call;
  {
    const Lock lock(mutex_);
    if (ending_) {
      return absl::OkStatus();  // The stream may have no call any more.
    }
    call = running_;
  }
  const Time now = call_.clock().Now();
  const absl::Status holds = call->StillHolds(now);
  if (!IsWouldBlock(holds)) {
    return holds;
  }
  PERIGEE_RETURN_IF_ERROR(call->Authorise(request_, now, false));
  const Lock lock(mutex_);
  running_.caller = call->caller;
  return absl::OkStatus();
}

absl::Status ExportStream::Admit(Lock&) const {
  if (ending_) {
    return absl::OkStatus();  // The stream may have no call any more.
  }
  PERIGEE_RETURN_IF_ERROR(running_.StillHolds(call_.clock().Now()));
  return running_.Admit();
}

absl::Status ExportStream::Record() {
  std::optional<RunningCall> call;
  {
    const Lock lock(mutex_);
    if (ending_) {
      return absl::OkStatus();  // The stream may have no call any more.
    }
    call = running_;
  }
  PERIGEE_ASSIGN_OR_RETURN(std::optional<ports::Unit> record,
                           RecordOfRead(*call, call_.store(), request_, nullptr));
  return record.has_value() ? use_cases::WriteAndWait(call_.store(), *std::move(record)).status()
                            : absl::OkStatus();
}

absl::Status ExportStream::ReadPiece() {
  if (!recorded_) {
    PERIGEE_RETURN_IF_ERROR(Record());
    recorded_ = true;
  }
  std::string piece;
  PERIGEE_RETURN_IF_ERROR(call_.store().Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(piece, export_->Next(reader, call_.clock().Now()));
    return absl::OkStatus();
  }));
  const Lock lock(mutex_);
  piece_ = std::move(piece);
  sent_ = 0;
  read_all_ = export_->ended();
  return absl::OkStatus();
}

bool ExportStream::Load(Lock&) {
  if (writing_ || ending_ || sent_ == piece_.size()) {
    return false;
  }
  v1::ExportMemberResponse message;
  message.set_json(piece_.substr(sent_, kMessageBytes));
  sent_ += message.json().size();
  message_ = ToBytes(message);
  writing_ = true;
  last_sent_ = call_.clock().Now();
  return true;
}

void ExportStream::OnWriteDone(bool ok) {
  Lock lock(mutex_);
  writing_ = false;
  if (ending_ || !ok) {
    const absl::Status status =
        ending_ ? ending_status_ : absl::CancelledError("the caller went away");
    lock.unlock();
    End(status);
    return;
  }
  running_.CountMessage();
  const bool done = read_all_ && sent_ == piece_.size();
  const absl::Status holds = Admit(lock);
  if (holds.ok() && done) {
    lock.unlock();
    End(absl::OkStatus());
  } else if (holds.ok() && Load(lock)) {
    lock.unlock();
    StartWrite(&message_);
  } else if (holds.ok() || IsWouldBlock(holds)) {
    WorkSoon(lock);
  } else {
    lock.unlock();
    End(holds);
  }
}

void ExportStream::Recheck() {
  Lock lock(mutex_);
  if (ending_) {
    return;
  }
  const absl::Status holds = running_.StillHolds(call_.clock().Now());
  if (IsWouldBlock(holds)) {
    WorkSoon(lock);
  } else if (!holds.ok()) {
    Cut(lock, holds);
  }
}

void ExportStream::TickLater() {
  call_.executor().After(kTick, [weak = weak_from_this()] {
    if (const auto stream = weak.lock()) {
      stream->Tick();
    }
  });
}

void ExportStream::Tick() {
  Lock lock(mutex_);
  if (ending_) {
    return;
  }
  if (writing_ && call_.clock().Now() - last_sent_ >= kPatience) {
    Cut(lock, Error(Reason::kOverloaded, "nothing was read for 20 seconds: start again"));
    return;
  }
  lock.unlock();
  TickLater();
}

// A status sent in the normal way would wait behind the message that the caller does not take.
// Under the lock the call still exists, because it is finished only after its message.
void ExportStream::Cut(Lock& lock, const absl::Status& status) {
  if (!ending_ && writing_) {
    ending_ = true;
    ending_status_ = status;
    running_.Abort(status);
  }
  lock.unlock();
  End(status);
}

void ExportStream::End(const absl::Status& status) {
  {
    const Lock lock(mutex_);
    if (!ending_) {
      ending_ = true;
      ending_status_ = status;
    }
    if (writing_ || ended_) {
      return;  // OnWriteDone ends it.
    }
    ended_ = true;
  }
  Finish(running_.End(ending_status_));
}

void ExportStream::OnCancel() { End(absl::CancelledError("the caller went away")); }

void ExportStream::OnDone() { all_.Remove(shared_from_this()); }

}  // namespace perigee::services
