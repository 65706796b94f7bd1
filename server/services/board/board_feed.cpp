#include "server/services/board/board_feed.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/core/page_token.h"
#include "server/ports/clock.h"
#include "server/services/board/entries_wire.h"
#include "server/services/call.h"

namespace perigee::services {
namespace {

constexpr std::chrono::milliseconds kBetweenFrames{20};

}  // namespace

BoardFeed::BoardFeed(Call& call, BoardPages& pages, const PageTokens& tokens, Query query,
                     std::string name, int size)
    : call_(call),
      pages_(pages),
      tokens_(tokens),
      query_(std::move(query)),
      name_(std::move(name)),
      size_(size) {}

void BoardFeed::Follow(ports::BoardView& view) {
  subscription_ = view.Subscribe(query_.program, query_.board, [weak = weak_from_this()] {
    if (const auto feed = weak.lock()) {
      feed->Changed();
    }
  });
}

void BoardFeed::Join(const std::shared_ptr<BoardViewer>& viewer) {
  const std::lock_guard lock(mutex_);
  viewers_[viewer.get()] = viewer;
}

void BoardFeed::Leave(const BoardViewer* viewer) {
  const std::lock_guard lock(mutex_);
  viewers_.erase(viewer);
}

BoardFramePtr BoardFeed::FrameOf(const RenderedPagePtr& page) {
  {
    const std::lock_guard lock(mutex_);
    if (last_ != nullptr && last_->page == page) {
      return last_;
    }
  }
  auto frame = std::make_shared<BoardFrame>();
  frame->page = page;
  frame->shows = page->period.id + " " + page->digest;
  frame->cursor = tokens_.Encode(
      "WatchBoard " + name_,
      {std::to_string(page->epoch), std::to_string(page->revision), page->period.id, page->digest});
  frame->message = WatchPageBytes(page->body, page->revision, frame->cursor);
  const std::lock_guard lock(mutex_);
  last_ = frame;
  return frame;
}

void BoardFeed::Changed() {
  {
    const std::lock_guard lock(mutex_);
    due_ = true;
    if (passing_) {
      return;  // The running pass calls this again.
    }
    passing_ = true;
  }
  PassSoon();
}

void BoardFeed::PassSoon() {
  const auto pass = [feed = shared_from_this()] { feed->Pass(); };
  const auto pause = std::chrono::ceil<std::chrono::milliseconds>(next_pass_ - Clock::now());
  if (pause.count() > 0 || !call_.executor().Submit(pass).ok()) {
    call_.executor().After(std::max(pause, kBetweenFrames / 2), pass);
  }
}

void BoardFeed::Pass() {
  {
    const std::lock_guard lock(mutex_);
    due_ = false;
  }
  const Clock::time_point begin = Clock::now();
  OfferAll();
  const Clock::time_point end = Clock::now();
  next_pass_ = std::max(begin + kBetweenFrames, end + (end - begin));
  {
    const std::lock_guard lock(mutex_);
    passing_ = due_;
    if (!passing_) {
      return;
    }
  }
  PassSoon();
}

void BoardFeed::OfferAll() {
  Query query = query_;
  query.now = call_.clock().Now();
  const absl::StatusOr<BoardPages::FirstPage> page = pages_.First(query, size_);
  const BoardFramePtr frame = page.ok() ? FrameOf(page->page) : nullptr;
  std::vector<std::shared_ptr<BoardViewer>> viewers;
  {
    const std::lock_guard lock(mutex_);
    viewers.reserve(viewers_.size());
    for (const auto& [key, weak] : viewers_) {
      if (auto viewer = weak.lock()) {
        viewers.push_back(std::move(viewer));
      }
    }
  }
  for (const auto& viewer : viewers) {
    if (frame != nullptr) {
      viewer->Offer(frame);
    } else {
      viewer->Wake();
    }
  }
}

}  // namespace perigee::services
