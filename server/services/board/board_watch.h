#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "perigee/v1/board.pb.h"
#include "server/ports/board/board_view.h"
#include "server/services/board/board_feed.h"
#include "server/services/board/board_pages.h"
#include "server/services/call.h"
#include "server/services/open_streams.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

class BoardWatch;

// All streams that watch boards. The constructor's arguments must outlive it, and it must outlive
// the streams. Safe from many threads.
class BoardWatches {
 public:
  BoardWatches(Call& call, ports::BoardView& view, BoardPages& pages, const PageTokens& tokens)
      : call_(call), view_(view), pages_(pages), tokens_(tokens) {}

  // Starts the stream of an admitted call.
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(const RunningCall& running,
                                                    const v1::WatchBoardRequest& request);
  void Stop() { open_.Stop(); }
  void Recheck() { open_.Recheck(); }

 private:
  friend class BoardWatch;
  void Remove(const std::shared_ptr<BoardWatch>& watch);
  // The feed of a page. It lives as long as somebody watches the page.
  std::shared_ptr<BoardFeed> FeedOf(const ports::BoardView::Query& query, const std::string& name,
                                    int size);

  Call& call_;
  ports::BoardView& view_;
  BoardPages& pages_;
  const PageTokens& tokens_;
  OpenStreams<BoardWatch> open_;
  std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::weak_ptr<BoardFeed>> feeds_;
};

// One admitted stream. It has a feed, a timer and at most one message on its way, so a caller that
// does not read costs no more than one that does. After each message the stream sends the newest
// state. It looks at the board itself, on the executor, to begin, to resume, at the end of the
// period and after a failure. A caller that takes nothing for 20 s is cut off. It resumes from the
// last cursor that it got and misses nothing, because each state replaces those before it.
class BoardWatch final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                         public BoardViewer,
                         public std::enable_shared_from_this<BoardWatch> {
 public:
  BoardWatch(BoardWatches& all, const RunningCall& running) : all_(all), running_(running) {}

  void Open(const v1::WatchBoardRequest& request);
  void Stop() { End(ShuttingDown()); }
  void Recheck();
  // Ends the stream, at once or after the message that is on its way. May be called again.
  void End(const absl::Status& status);

  void Offer(const BoardFramePtr& frame) override;
  void Wake() override;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  using Lock = std::unique_lock<std::mutex>;

  absl::Status Parse(const v1::WatchBoardRequest& request);
  absl::Status ParseCursor(const std::string& cursor);
  void LookSoon(Lock& lock);
  void SubmitLook();
  void Look();
  // Decides again whether the caller may have the stream, where that is needed. May block.
  absl::Status Authorise();
  // Whether the stream may go on. Called before each message. WouldBlock: a look must decide it.
  absl::Status Admit(Lock& lock) const;
  // Keeps the frame for sending if it shows anything that the caller does not have.
  absl::Status Compare(Lock& lock, const BoardFramePtr& frame);
  // Fills message_. True: the caller of Load sends it, after it has unlocked.
  bool Load(Lock& lock);
  void Tick(std::uint64_t tick);
  void Cut(Lock& lock);
  void TickLater(Lock& lock);

  BoardWatches& all_;
  v1::WatchBoardRequest request_;
  std::shared_ptr<BoardFeed> feed_;  // Null if the stream was never opened.

  std::mutex mutex_;
  RunningCall running_;
  ports::BoardView::Query query_;
  std::string name_;
  int size_ = kEntriesDefault;
  domain::Revision resume_epoch_ = 0;  // From the caller's cursor. 0: no cursor, or it was checked.
  std::string shown_;  // The digest of the page that the caller has, with its period.
  domain::Revision shown_revision_ = 0;
  std::string cursor_;
  Time last_sent_{};
  Time period_end_ = kEndOfTime;
  std::uint64_t tick_ = 0;  // The newest timer; earlier ones end without effect.
  BoardFramePtr next_;      // To be sent.
  bool heartbeat_due_ = false;
  bool look_due_ = false;
  bool looking_ = false;
  bool writing_ = false;
  bool ending_ = false;
  bool ended_ = false;
  absl::Status ending_status_;
  grpc::ByteBuffer message_;  // On its way while writing_.
};

}  // namespace perigee::services
