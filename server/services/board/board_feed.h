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

// A state of a watched page as it goes out, made once for all who watch it.
struct BoardFrame {
  RenderedPagePtr page;
  std::string shows;  // The same for the same entries of the same period.
  std::string cursor;
  grpc::ByteBuffer message;
};
using BoardFramePtr = std::shared_ptr<const BoardFrame>;

// Who watches. Called on the executor's threads.
class BoardViewer {
 public:
  virtual ~BoardViewer() = default;
  virtual void Offer(const BoardFramePtr& frame) = 0;
  // The board changed, and there was no frame to offer: look for yourself.
  virtual void Wake() = 0;
};

// One page of one period for all who watch it: when the board changes it is looked at once, on the
// executor, and offered to everybody. Frames are at least 20 ms apart, and as far as offering the
// last one took, so that many viewers do not take the machine from everybody else. Safe from many
// threads.
class BoardFeed final : public std::enable_shared_from_this<BoardFeed> {
 public:
  using Query = ports::BoardView::Query;
  // `name` is that of the period as it was asked for. All but these two must outlive it.
  BoardFeed(Call& call, BoardPages& pages, const PageTokens& tokens, Query query, std::string name,
            int size);

  // Begins to follow the board. Once.
  void Follow(ports::BoardView& view);
  void Join(const std::shared_ptr<BoardViewer>& viewer);
  void Leave(const BoardViewer* viewer);
  // A page of it as it goes out.
  BoardFramePtr FrameOf(const RenderedPagePtr& page);

 private:
  using Clock = std::chrono::steady_clock;
  void Changed();
  // Has the executor make a pass, once the pause after the last one is over.
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
