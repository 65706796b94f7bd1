#include "server/services/board/board_watch.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/page_token.h"
#include "server/core/status_macros.h"
#include "server/services/board/board_convert.h"
#include "server/services/board/entries_wire.h"
#include "server/services/token_number.h"

namespace perigee::services {
namespace {

constexpr int kWatchedMax = 100;
constexpr std::size_t kCursorParts = 4;

absl::Status OutOfRange(const std::string& name) {
  return Error(Reason::kCursorOutOfRange,
               "the cursor is not of " + name + " as it is; start without one",
               {{"resource_name", name}});
}

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* BoardWatches::Start(
    const RunningCall& running, const v1::WatchBoardRequest& request) {
  const auto watch = std::make_shared<BoardWatch>(*this, running, request);
  if (open_.Add(watch)) {
    watch->Open(request);
  } else {
    watch->Stop();
  }
  return watch.get();
}

void BoardWatches::Remove(const std::shared_ptr<WatchStream>& watch) {
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

BoardWatch::BoardWatch(BoardWatches& all, const RunningCall& running,
                       const v1::WatchBoardRequest& request)
    : WatchStream(all.call_, running, std::make_unique<v1::WatchBoardRequest>(request)),
      all_(all) {}

void BoardWatch::Open(const v1::WatchBoardRequest& request) {
  if (const absl::Status status = Parse(request); !status.ok()) {
    End(status);
    return;
  }
  feed_ = all_.FeedOf(query_, name_, size_);
  // Before the first look, so that it misses no change.
  feed_->Join(std::static_pointer_cast<BoardWatch>(shared_from_this()));
  Begin();
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
  resume_epoch_ = NumberIn((*parts)[0]);
  query_.min_revision = NumberIn((*parts)[1]);
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
    Send();
  }
}

void BoardWatch::WhenReady(Lock&, const std::function<void()>& look) {
  if (query_.min_revision > 0) {
    all_.view_.WhenReached(query_.program, query_.min_revision, look);
  } else {
    look();
  }
}

absl::Status BoardWatch::Look() {
  ports::BoardView::Query query;
  {
    const Lock lock(mutex_);
    query = query_;
  }
  query.now = call_.clock().Now();
  const absl::StatusOr<BoardPages::FirstPage> page = all_.pages_.First(query, size_);
  const BoardFramePtr frame = page.ok() ? feed_->FrameOf(page->page) : nullptr;
  Lock lock(mutex_);
  if (page.ok()) {
    return Compare(lock, frame);
  }
  const bool ahead = resume_epoch_ != 0 && ReasonOf(page.status()) == Reason::kRevisionNotReached;
  return ahead ? OutOfRange(name_) : page.status();  // The cursor is ahead of the store.
}

Time BoardWatch::LookTime(Lock&) const {
  return query_.period == "current" ? period_end_ : kEndOfTime;
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

std::optional<grpc::ByteBuffer> BoardWatch::Next(Lock&) {
  if (next_ == nullptr) {
    return std::nullopt;
  }
  cursor_ = next_->cursor;
  return std::exchange(next_, nullptr)->message;
}

grpc::ByteBuffer BoardWatch::Heartbeat(Lock&) { return HeartbeatBytes(cursor_); }

void BoardWatch::OnDone() {
  if (feed_ != nullptr) {
    feed_->Leave(this);
  }
  all_.Remove(shared_from_this());
}

}  // namespace perigee::services
