#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "perigee/v1/board.grpc.pb.h"
#include "server/core/page_token.h"
#include "server/ports/board_view.h"
#include "server/ports/telemetry.h"
#include "server/services/board_pages.h"
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

  Call& call_;
  ports::BoardView& view_;
  BoardPages& pages_;
  const PageTokens& tokens_;
  ports::Telemetry& telemetry_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::set<std::shared_ptr<BoardWatch>> open_;
};

// One stream: a subscription, a timer and at most one message on its way. Looks at the board on the
// executor when it changed, and sends the newest state when the last message is out.
class BoardWatch final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                         public std::enable_shared_from_this<BoardWatch> {
 public:
  BoardWatch(BoardWatches& all, const RunningCall& running) : all_(all), running_(running) {}

  void Open(const grpc::ByteBuffer& request);
  void End(const absl::Status& status);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  using Lock = std::unique_lock<std::mutex>;

  absl::Status Parse(const grpc::ByteBuffer& bytes);
  absl::Status ParseCursor(const std::string& cursor);
  // The board may have changed: look soon.
  void Wake();
  void LookSoon(Lock& lock);
  void SubmitLook();
  void Look();
  absl::Status Compare(Lock& lock, const RenderedPagePtr& page);
  // Fills message_; true: it is to be sent once the lock is let go.
  bool Load(Lock& lock);
  void Tick(std::uint64_t tick);
  void TickLater(Lock& lock);
  std::string CursorOf(const RenderedPage& page) const;

  BoardWatches& all_;
  const RunningCall running_;
  std::shared_ptr<void> subscription_;

  std::mutex mutex_;
  ports::BoardView::Query query_;
  std::string name_;
  int size_ = kEntriesDefault;
  domain::Revision resume_epoch_ = 0;  // Of the cursor given; 0: none, or it is settled.
  std::string shown_;                  // The digest of what the caller has, with its period.
  std::string cursor_;
  Time last_sent_{};
  Time period_end_ = kEndOfTime;
  std::uint64_t tick_ = 0;  // The timer that counts; earlier ones run out.
  RenderedPagePtr next_;    // To be sent.
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
