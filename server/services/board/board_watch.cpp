#include "server/services/board/board_watch.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/page_token.h"
#include "server/core/status_macros.h"
#include "server/services/board/board_convert.h"
#include "server/services/board/entries_wire.h"

namespace perigee::services {
namespace {

using std::chrono::milliseconds;

constexpr int kWatchedMax = 100;
constexpr milliseconds kRetry{250};
// Also the longest time that a message may be on its way.
constexpr std::chrono::seconds kHeartbeat{20};
constexpr std::size_t kCursorParts = 4;

std::int64_t Number(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

absl::Status OutOfRange(const std::string& name) {
  return Error(Reason::kCursorOutOfRange,
               "the cursor is not of " + name + " as it is; start without one",
               {{"resource_name", name}});
}

// Whether the failure may pass while the stream waits.
bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
}

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* BoardWatches::Start(
    const RunningCall& running, const v1::WatchBoardRequest& request) {
  const auto watch = std::make_shared<BoardWatch>(*this, running);
  if (open_.Add(watch)) {
    watch->Open(request);
  } else {
    watch->Stop();
  }
  return watch.get();
}

void BoardWatches::Remove(const std::shared_ptr<BoardWatch>& watch) {
  open_.Remove(watch);
  const std::lock_guard lock(mutex_);
  std::erase_if(feeds_, [](const auto& feed) { return feed.second.expired(); });
}

std::shared_ptr<BoardFeed> BoardWatches::FeedOf(const ports::BoardView::Query& query,
                                                const std::string& name, int size) {
  const std::lock_guard lock(mutex_);
  std::weak_ptr<BoardFeed>& kept = feeds_[{name, size}];
  std::shared_ptr<BoardFeed> feed = kept.lock();
  if (feed == nullptr) {
    ports::BoardView::Query any_revision = query;
    any_revision.min_revision = 0;
    feed = std::make_shared<BoardFeed>(call_, pages_, tokens_, std::move(any_revision), name, size);
    feed->Follow(view_);
    kept = feed;
  }
  return feed;
}

void BoardWatch::Open(const v1::WatchBoardRequest& request) {
  request_ = request;
  if (const absl::Status status = Parse(request); !status.ok()) {
    End(status);
    return;
  }
  feed_ = all_.FeedOf(query_, name_, size_);
  last_sent_ = running_.now;
  feed_->Join(shared_from_this());  // Before the first look, so that it misses no change.
  Lock lock(mutex_);
  look_due_ = true;
  LookSoon(lock);
  TickLater(lock);
}

absl::Status BoardWatch::Parse(const v1::WatchBoardRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(PeriodRef ref, ParsePeriodRef("name", request.name()));
  PERIGEE_ASSIGN_OR_RETURN(size_, PageSize(request.page_size(), kEntriesDefault, kWatchedMax));
  name_ = ref.Name();
  query_.program = std::move(ref.program);
  query_.board = std::move(ref.board);
  query_.period = std::move(ref.period);
  return request.from_cursor().empty() ? absl::OkStatus() : ParseCursor(request.from_cursor());
}

absl::Status BoardWatch::ParseCursor(const std::string& cursor) {
  const absl::StatusOr<std::vector<std::string>> parts =
      all_.tokens_.Decode("WatchBoard " + name_, cursor);
  if (!parts.ok() || parts->size() != kCursorParts) {
    return InvalidField("from_cursor", "is no cursor of " + name_);
  }
  resume_epoch_ = Number((*parts)[0]);
  query_.min_revision = Number((*parts)[1]);
  shown_ = (*parts)[2] + " " + (*parts)[3];
  cursor_ = cursor;
  return absl::OkStatus();
}

void BoardWatch::Offer(const BoardFramePtr& frame) {
  Lock lock(mutex_);
  if (cursor_.empty() || query_.min_revision > 0 || looking_) {
    // A look that runs now may show an older state, so the stream looks once more.
    look_due_ = true;
    LookSoon(lock);
    return;
  }
  const absl::Status status = Compare(lock, frame);
  if (IsWouldBlock(status)) {
    look_due_ = true;
    LookSoon(lock);
    return;
  }
  const bool send = status.ok() && Load(lock);
  lock.unlock();
  if (!status.ok()) {
    End(status);
  } else if (send) {
    StartWrite(&message_);
  }
}

void BoardWatch::Recheck() {
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

void BoardWatch::Wake() {
  Lock lock(mutex_);
  look_due_ = true;
  LookSoon(lock);
}

void BoardWatch::LookSoon(Lock&) {
  if (!look_due_ || looking_ || writing_ || ending_) {
    return;  // The look or the message that is under way calls this again.
  }
  look_due_ = false;
  looking_ = true;
  if (query_.min_revision > 0) {
    all_.view_.WhenReached(query_.program, query_.min_revision,
                           [watch = shared_from_this()] { watch->SubmitLook(); });
    return;
  }
  SubmitLook();
}

void BoardWatch::SubmitLook() {
  const auto look = [watch = shared_from_this()] { watch->Look(); };
  if (!all_.call_.executor().Submit(look).ok()) {
    all_.call_.executor().After(kRetry, look);
  }
}

void BoardWatch::Look() {
  ports::BoardView::Query query;
  {
    const Lock lock(mutex_);
    if (ending_) {
      return;
    }
    query = query_;
  }
  query.now = all_.call_.clock().Now();
  const absl::Status allowed = Authorise();
  const absl::StatusOr<BoardPages::FirstPage> page =
      allowed.ok() ? all_.pages_.First(query, size_) : allowed;
  const BoardFramePtr frame = page.ok() ? feed_->FrameOf(page->page) : nullptr;
  Lock lock(mutex_);
  looking_ = false;
  absl::Status status = page.status();
  if (page.ok()) {
    status = Compare(lock, frame);
  } else if (resume_epoch_ != 0 && ReasonOf(status) == Reason::kRevisionNotReached) {
    status = OutOfRange(name_);  // The cursor is ahead of the store.
  } else if (MayPass(status)) {
    look_due_ = false;
    looking_ = true;
    all_.call_.executor().After(kRetry, [watch = shared_from_this()] { watch->Look(); });
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
    StartWrite(&message_);
  }
}

absl::Status BoardWatch::Authorise() {
  std::optional<RunningCall> call;
  {
    const Lock lock(mutex_);
    call = running_;
  }
  const Time now = all_.call_.clock().Now();
  const absl::Status holds = call->StillHolds(now);
  if (!IsWouldBlock(holds)) {
    return holds;
  }
  PERIGEE_RETURN_IF_ERROR(call->Authorise(request_, now, false));
  const Lock lock(mutex_);
  running_.caller = call->caller;
  return absl::OkStatus();
}

absl::Status BoardWatch::Admit(Lock&) const {
  if (ending_) {
    return absl::OkStatus();  // The stream may have no call any more.
  }
  PERIGEE_RETURN_IF_ERROR(running_.StillHolds(all_.call_.clock().Now()));
  return running_.Admit();
}

absl::Status BoardWatch::Compare(Lock& lock, const BoardFramePtr& frame) {
  PERIGEE_RETURN_IF_ERROR(Admit(lock));
  const RenderedPage* page = frame->page.get();
  if (resume_epoch_ != 0 && resume_epoch_ != page->epoch) {
    return OutOfRange(name_);
  }
  resume_epoch_ = 0;
  query_.min_revision = 0;
  if (period_end_ != page->period.interval.end) {
    period_end_ = page->period.interval.end;
    TickLater(lock);
  }
  if (frame->shows != shown_ && page->revision >= shown_revision_) {
    shown_ = frame->shows;
    shown_revision_ = page->revision;
    next_ = frame;
  }
  return absl::OkStatus();
}

bool BoardWatch::Load(Lock&) {
  if (writing_ || ending_ || (next_ == nullptr && !heartbeat_due_)) {
    return false;
  }
  if (next_ != nullptr) {
    cursor_ = next_->cursor;
    message_ = next_->message;
  } else {
    message_ = HeartbeatBytes(cursor_);
  }
  next_ = nullptr;
  heartbeat_due_ = false;
  writing_ = true;
  last_sent_ = all_.call_.clock().Now();
  return true;
}

void BoardWatch::OnWriteDone(bool ok) {
  Lock lock(mutex_);
  writing_ = false;
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
  running_.CountMessage();
  const absl::Status status = Admit(lock);
  look_due_ |= IsWouldBlock(status);
  const bool send = status.ok() && Load(lock);
  LookSoon(lock);
  lock.unlock();
  if (!status.ok() && !IsWouldBlock(status)) {
    End(status);
  } else if (send) {
    StartWrite(&message_);
  }
}

void BoardWatch::TickLater(Lock&) {
  const Time now = all_.call_.clock().Now();
  Duration wait = last_sent_ + kHeartbeat - now;
  if (wait <= Duration{0}) {
    wait = kHeartbeat;  // The last message is still on its way.
  }
  if (query_.period == "current" && period_end_ > now) {
    wait = std::min<Duration>(wait, period_end_ - now);
  }
  // Rounded up: the timer must not end before the time that it waits for.
  const auto delay = std::chrono::ceil<milliseconds>(wait);
  all_.call_.executor().After(delay, [weak = weak_from_this(), tick = ++tick_] {
    if (const auto watch = weak.lock()) {
      watch->Tick(tick);
    }
  });
}

void BoardWatch::Tick(std::uint64_t tick) {
  Lock lock(mutex_);
  if (ending_ || tick != tick_) {
    return;
  }
  const Time now = all_.call_.clock().Now();
  if (writing_ && now - last_sent_ >= kHeartbeat) {
    Cut(lock);
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
  if (query_.period == "current" && period_end_ <= now) {
    look_due_ = true;
    LookSoon(lock);
  }
  TickLater(lock);
  lock.unlock();
  if (send) {
    StartWrite(&message_);
  }
}

// A status sent in the normal way would wait, by flow control, behind the message that the caller
// does not take. Under the lock the call still exists: it is finished only after its message is
// sent or given up. gRPC never runs a reaction inside Abort on a thread of ours.
void BoardWatch::Cut(Lock&) {
  ending_ = true;
  ending_status_ = Error(Reason::kOverloaded,
                         "nothing was read for 20 seconds: resume from the last cursor that came");
  running_.Abort(ending_status_);
}

void BoardWatch::End(const absl::Status& status) {
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

void BoardWatch::OnCancel() { End(absl::CancelledError("the caller went away")); }

void BoardWatch::OnDone() {
  if (feed_ != nullptr) {
    feed_->Leave(this);
  }
  all_.Remove(shared_from_this());
}

}  // namespace perigee::services
