#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "perigee/v1/board.grpc.pb.h"
#include "server/core/page_token.h"
#include "server/ports/board/board_view.h"
#include "server/ports/telemetry.h"
#include "server/services/board/board_feed.h"
#include "server/services/board/board_pages.h"
#include "server/services/call.h"

namespace perigee::services {

class BoardWatch;

// All streams that watch boards. What it is given must outlive it, and it the streams. Safe from
// many threads.
class BoardWatches {
 public:
  BoardWatches(Call& call, ports::BoardView& view, BoardPages& pages, const PageTokens& tokens,
               ports::Telemetry& telemetry)
      : call_(call), view_(view), pages_(pages), tokens_(tokens), telemetry_(telemetry) {}

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(const RunningCall& running,
                                                    const grpc::ByteBuffer& request);
  // Ends them all with kShuttingDown, and refuses new ones.
  void Stop();

 private:
  friend class BoardWatch;
  void Add(const std::shared_ptr<BoardWatch>& watch);
  void Remove(const std::shared_ptr<BoardWatch>& watch);
  // The feed of a page, which lives as long as somebody watches it.
  std::shared_ptr<BoardFeed> FeedOf(const ports::BoardView::Query& query, const std::string& name,
                                    int size);

  Call& call_;
  ports::BoardView& view_;
  BoardPages& pages_;
  const PageTokens& tokens_;
  ports::Telemetry& telemetry_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::set<std::shared_ptr<BoardWatch>> open_;
  std::map<std::pair<std::string, int>, std::weak_ptr<BoardFeed>> feeds_;
};

// One stream: a feed, a timer and at most one message on its way, so that it costs no more when its
// caller does not read. Sends the newest state when the last message is out; looks at the board
// itself, on the executor, to begin, to resume, when the period is over, and after a failure. One
// whose caller takes nothing for 20 s is cut: the caller resumes from the last cursor that came,
// and misses nothing, as any state replaces those before it.
class BoardWatch final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                         public BoardViewer,
                         public std::enable_shared_from_this<BoardWatch> {
 public:
  BoardWatch(BoardWatches& all, const RunningCall& running) : all_(all), running_(running) {}

  void Open(const grpc::ByteBuffer& request);
  void End(const absl::Status& status);

  void Offer(const BoardFramePtr& frame) override;
  void Wake() override;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  using Lock = std::unique_lock<std::mutex>;

  absl::Status Parse(const grpc::ByteBuffer& bytes);
  absl::Status ParseCursor(const std::string& cursor);
  void LookSoon(Lock& lock);
  void SubmitLook();
  void Look();
  absl::Status Compare(Lock& lock, const BoardFramePtr& frame);
  // Fills message_; true: it is to be sent once the lock is let go.
  bool Load(Lock& lock);
  void Tick(std::uint64_t tick);
  void Cut(Lock& lock);
  void TickLater(Lock& lock);

  BoardWatches& all_;
  const RunningCall running_;
  std::shared_ptr<BoardFeed> feed_;  // Null where it never opened.

  std::mutex mutex_;
  ports::BoardView::Query query_;
  std::string name_;
  int size_ = kEntriesDefault;
  domain::Revision resume_epoch_ = 0;  // Of the cursor given; 0: none, or it is settled.
  std::string shown_;                  // The digest of what the caller has, with its period.
  domain::Revision shown_revision_ = 0;
  std::string cursor_;
  Time last_sent_{};
  Time period_end_ = kEndOfTime;
  std::uint64_t tick_ = 0;  // The timer that counts; earlier ones run out.
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
