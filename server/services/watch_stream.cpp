#include "server/services/watch_stream.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ports/clock.h"
#include "server/ports/store.h"
#include "server/services/personal_reads.h"
#include "server/use_cases/write_and_wait.h"

namespace perigee::services {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRetry{250};
// Also the longest time that a message may be on its way.
constexpr std::chrono::seconds kHeartbeat{20};

// Whether the failure may pass while the stream waits.
bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
}

}  // namespace

void WatchStream::Begin() {
  Lock lock(mutex_);
  last_sent_ = running_.now;
  look_due_ = true;
  LookSoon(lock);
  TickLater(lock);
}

void WatchStream::LookAgain() {
  Lock lock(mutex_);
  look_due_ = true;
  LookSoon(lock);
}

void WatchStream::Recheck() {
  Lock lock(mutex_);
  const absl::Status status = Admit(lock);
  if (IsWouldBlock(status)) {
    look_due_ = true;
    LookSoon(lock);
  } else if (!status.ok()) {
    lock.unlock();
    End(status);
  }
}

void WatchStream::LookSoon(Lock& lock) {
  if (!look_due_ || looking_ || writing_ || ending_) {
    return;  // The look or the message that is under way calls this again.
  }
  look_due_ = false;
  looking_ = true;
  WhenReady(lock, [watch = shared_from_this()] { watch->SubmitLook(); });
}

void WatchStream::SubmitLook() {
  const auto look = [watch = shared_from_this()] { watch->RunLook(); };
  if (!call_.executor().Submit(look).ok()) {
    call_.executor().After(kRetry, look);
  }
}

void WatchStream::RunLook() {
  if (std::optional<absl::Status> status = BeginLook()) {
    EndLook(status->ok() ? Look() : *status);
  }
}

std::optional<absl::Status> WatchStream::BeginLook() {
  {
    const Lock lock(mutex_);
    if (ending_) {
      return std::nullopt;
    }
  }
  return Authorise();
}

void WatchStream::EndLook(const absl::Status& status) {
  Lock lock(mutex_);
  looking_ = false;
  if (MayPass(status)) {
    look_due_ = false;
    looking_ = true;
    call_.executor().After(kRetry, [watch = shared_from_this()] { watch->RunLook(); });
    return;
  }
  if (IsWouldBlock(status)) {
    look_due_ = true;  // The caller's access changed during the look.
  } else if (!status.ok()) {
    lock.unlock();
    End(status);
    return;
  }
  const bool send = Load(lock);
  LookSoon(lock);
  lock.unlock();
  if (send) {
    Send();
  }
}

absl::Status WatchStream::Authorise() {
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
  PERIGEE_RETURN_IF_ERROR(call->Authorise(*request_, now, false));
  const Lock lock(mutex_);
  running_.caller = call->caller;
  return absl::OkStatus();
}

absl::Status WatchStream::RecordRead() {
  if (recorded_) {
    return absl::OkStatus();
  }
  std::optional<RunningCall> call;
  {
    const Lock lock(mutex_);
    if (ending_) {
      return absl::OkStatus();  // The stream may have no call any more.
    }
    call = running_;
  }
  PERIGEE_ASSIGN_OR_RETURN(std::optional<ports::Unit> record,
                           RecordOfRead(*call, call_.store(), *request_, nullptr));
  if (record.has_value()) {
    PERIGEE_RETURN_IF_ERROR(use_cases::WriteAndWait(call_.store(), *std::move(record)).status());
  }
  recorded_ = true;
  return absl::OkStatus();
}

absl::Status WatchStream::Admit(Lock&) const {
  if (ending_) {
    return absl::OkStatus();  // The stream may have no call any more.
  }
  PERIGEE_RETURN_IF_ERROR(running_.StillHolds(call_.clock().Now()));
  return running_.Admit();
}

bool WatchStream::Load(Lock& lock) {
  if (writing_ || ending_) {
    return false;
  }
  std::optional<grpc::ByteBuffer> next = Next(lock);
  if (next.has_value()) {
    message_ = *std::move(next);
  } else if (heartbeat_due_) {
    message_ = Heartbeat(lock);
  } else {
    return false;
  }
  heartbeat_due_ = false;
  writing_ = true;
  last_sent_ = call_.clock().Now();
  return true;
}

void WatchStream::OnWriteDone(bool ok) {
  Lock lock(mutex_);
  writing_ = false;
  if (ok) {
    running_.CountMessage();
  }
  if (ending_) {
    const absl::Status status = ending_status_;
    lock.unlock();
    End(status);
    return;
  }
  if (!ok) {
    lock.unlock();
    End(absl::CancelledError("the caller went away"));
    return;
  }
  const absl::Status status = Admit(lock);
  look_due_ |= IsWouldBlock(status);
  const bool send = status.ok() && Load(lock);
  LookSoon(lock);
  lock.unlock();
  if (!status.ok() && !IsWouldBlock(status)) {
    End(status);
  } else if (send) {
    Send();
  }
}

void WatchStream::TickLater(Lock& lock) {
  const Time now = call_.clock().Now();
  Duration wait = last_sent_ + kHeartbeat - now;
  if (wait <= Duration{0}) {
    wait = kHeartbeat;  // The last message is still on its way.
  }
  if (const Time look = LookTime(lock); look > now) {
    wait = std::min<Duration>(wait, look - now);
  }
  // Rounded up: the timer must not end before the time that it waits for.
  const auto delay = std::chrono::ceil<milliseconds>(wait);
  call_.executor().After(delay, [weak = weak_from_this(), tick = ++tick_] {
    if (const auto watch = weak.lock()) {
      watch->Tick(tick);
    }
  });
}

void WatchStream::Tick(std::uint64_t tick) {
  Lock lock(mutex_);
  if (ending_ || tick != tick_) {
    return;
  }
  const Time now = call_.clock().Now();
  if (writing_ && now - last_sent_ >= kHeartbeat) {
    Cut(lock,
        Error(Reason::kOverloaded,
              "nothing was read for 20 seconds: call again, from the last message that came if "
              "the method can resume"));
    return;
  }
  const absl::Status status = Admit(lock);
  if (IsWouldBlock(status)) {
    look_due_ = true;
    LookSoon(lock);
    TickLater(lock);
    return;
  }
  if (!status.ok()) {
    lock.unlock();
    End(status);
    return;
  }
  heartbeat_due_ = now - last_sent_ >= kHeartbeat;
  const bool send = Load(lock);
  if (LookTime(lock) <= now) {
    look_due_ = true;
    LookSoon(lock);
  }
  TickLater(lock);
  lock.unlock();
  if (send) {
    Send();
  }
}

// A status sent in the normal way would wait, by flow control, behind the message that the caller
// does not take. Under the lock the call still exists: it is finished only after its message is
// sent or given up. gRPC never runs a reaction inside Abort on a thread of ours.
void WatchStream::Cut(Lock&, const absl::Status& status) {
  ending_ = true;
  ending_status_ = status;
  running_.Abort(ending_status_);
}

void WatchStream::CutOff(const absl::Status& status) {
  {
    Lock lock(mutex_);
    if (writing_ && (!ending_ || ending_status_.ok())) {
      Cut(lock, status);
      return;
    }
  }
  End(status);
}

void WatchStream::EndAfterThis(Lock&) {
  ending_ = true;
  ending_status_ = absl::OkStatus();
}

void WatchStream::End(const absl::Status& status) {
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

void WatchStream::OnCancel() { End(absl::CancelledError("the caller went away")); }

}  // namespace perigee::services
