#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include <grpcpp/support/byte_buffer.h>

#include "server/ports/board/board_view.h"
#include "server/ports/clock.h"
#include "server/services/board/board_pages.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

class Call;

// One state of a watched page as it is sent, made once for all its watchers.
struct BoardFrame {
  RenderedPagePtr page;
  std::string shows;  // Equal for the same entries of the same period.
  std::string cursor;
  grpc::ByteBuffer message;
};
using BoardFramePtr = std::shared_ptr<const BoardFrame>;

// A watcher of a page. Called on the executor's threads.
class BoardViewer {
 public:
  virtual ~BoardViewer() = default;
  virtual void Offer(const BoardFramePtr& frame) = 0;
  // The board changed, but there is no frame to offer. The viewer must look at the board itself.
  virtual void Wake() = 0;
};

// One page of one period for all its watchers. When the board changes, the feed looks at it once,
// on the executor, and offers the frame to all watchers. Frames are at least 20 ms apart, and at
// least as far apart as offering the last one took, so that many watchers leave time for other
// work. Safe from many threads.
class BoardFeed final : public std::enable_shared_from_this<BoardFeed> {
 public:
  using Query = ports::BoardView::Query;
  // `name` is the period's name as the caller asked for it. The references must outlive the feed.
  BoardFeed(Call& call, BoardPages& pages, const PageTokens& tokens, Query query, std::string name,
            int size);

  // Begins to follow the board. Call it once.
  void Follow(ports::BoardView& view);
  void Join(const std::shared_ptr<BoardViewer>& viewer);
  void Leave(const BoardViewer* viewer);
  // The page as it is sent.
  BoardFramePtr FrameOf(const RenderedPagePtr& page);

 private:
  using Clock = std::chrono::steady_clock;
  void Changed();
  // Lets the executor make a pass after the pause that follows the last pass.
  void PassSoon();
  void Pass();
  void OfferAll();

  Call& call_;
  BoardPages& pages_;
  const PageTokens& tokens_;
  const Query query_;
  const std::string name_;
  const int size_;
  std::shared_ptr<void> subscription_;

  std::mutex mutex_;
  std::unordered_map<const BoardViewer*, std::weak_ptr<BoardViewer>> viewers_;
  BoardFramePtr last_;
  bool due_ = false;
  bool passing_ = false;
  Clock::time_point next_pass_{};
};

}  // namespace perigee::services
