#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
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
#include "server/services/watch_stream.h"

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
  void Remove(const std::shared_ptr<WatchStream>& watch);
  // The feed of a page. It lives as long as somebody watches the page.
  std::shared_ptr<BoardFeed> FeedOf(const ports::BoardView::Query& query, const std::string& name,
                                    int size);

  Call& call_;
  ports::BoardView& view_;
  BoardPages& pages_;
  const PageTokens& tokens_;
  OpenStreams<WatchStream> open_;
  std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::weak_ptr<BoardFeed>> feeds_;
};

// One admitted stream. After each message it sends the newest state. It looks at the board itself
// to begin, to resume, at the end of the period and after a failure; other states come from the
// feed. A caller that was cut off resumes from the last cursor that it got and misses nothing,
// because each state replaces those before it.
class BoardWatch final : public WatchStream, public BoardViewer {
 public:
  BoardWatch(BoardWatches& all, const RunningCall& running, const v1::WatchBoardRequest& request);

  void Open(const v1::WatchBoardRequest& request);

  void Offer(const BoardFramePtr& frame) override;
  void Wake() override { LookAgain(); }

  void OnDone() override;

 private:
  absl::Status Parse(const v1::WatchBoardRequest& request);
  absl::Status ParseCursor(const std::string& cursor);
  absl::Status Look() override;
  std::optional<grpc::ByteBuffer> Next(Lock& lock) override;
  grpc::ByteBuffer Heartbeat(Lock& lock) override;
  void WhenReady(Lock& lock, const std::function<void()>& look) override;
  Time LookTime(Lock& lock) const override;
  // Keeps the frame for sending if it shows anything that the caller does not have.
  absl::Status Compare(Lock& lock, const BoardFramePtr& frame);

  BoardWatches& all_;
  std::shared_ptr<BoardFeed> feed_;  // Null if the stream was never opened.

  // Guarded by the stream's lock.
  ports::BoardView::Query query_;
  std::string name_;
  int size_ = kEntriesDefault;
  domain::Revision resume_epoch_ = 0;  // From the caller's cursor. 0: no cursor, or it was checked.
  std::string shown_;  // The digest of the page that the caller has, with its period.
  domain::Revision shown_revision_ = 0;
  std::string cursor_;
  Time period_end_ = kEndOfTime;
  BoardFramePtr next_;  // To be sent.
};

}  // namespace perigee::services
