#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "perigee/v1/inbox.pb.h"
#include "server/core/time.h"
#include "server/domain/inbox/inbox_position.h"
#include "server/domain/member/member_key.h"
#include "server/services/call.h"
#include "server/services/open_streams.h"
#include "server/services/watch_stream.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class InboxStats;
}  // namespace perigee::ports

namespace perigee::use_cases {
class InboxGround;
}  // namespace perigee::use_cases

namespace perigee::services {

class InboxRounds;
class InboxWatch;

// All streams that watch inboxes. The constructor's arguments must outlive it, and it must outlive
// the streams. Safe from many threads.
class InboxWatches {
 public:
  InboxWatches(Call& call, const PageTokens& tokens, ports::InboxStats& stats);
  ~InboxWatches();

  // Starts the stream of an admitted call.
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(const RunningCall& running,
                                                    const v1::WatchInboxRequest& request);
  void Stop() { open_.Stop(); }
  void Recheck() { open_.Recheck(); }

 private:
  friend class InboxWatch;

  Call& call_;
  const PageTokens& tokens_;
  ports::InboxStats& stats_;
  OpenStreams<WatchStream> open_;
  const std::shared_ptr<InboxRounds> rounds_;
  std::shared_ptr<void> listening_;  // Dropped first.
};

// One admitted stream. It holds a position, up to which all was sent, and looks at the inbox when
// its round comes: to begin, after an entry that may concern it, and when time alone may change
// what is in it.
class InboxWatch final : public WatchStream {
 public:
  InboxWatch(InboxWatches& all, const RunningCall& running, const v1::WatchInboxRequest& request);

  void Open();
  void OnDone() override;

 private:
  friend class InboxRounds;

  // What came, as it is sent.
  struct Batch {
    v1::WatchInboxResponse message;
    domain::InboxPosition position;
    bool more = false;
  };

  absl::Status Look() override;
  // The look, over a view that others may share, at an instant that is not after the view. Asks for
  // another look at `again` at the latest.
  absl::Status Take(use_cases::InboxGround& ground, Time now, Time again);
  std::optional<grpc::ByteBuffer> Next(Lock& lock) override;
  grpc::ByteBuffer Heartbeat(Lock& lock) override;
  void WhenReady(Lock& lock, const std::function<void()>& look) override;
  std::string Cursor() const;

  InboxWatches& all_;  // Until OnDone. A look may end later.
  const PageTokens& tokens_;
  ports::InboxStats& stats_;
  const std::shared_ptr<InboxRounds> rounds_;
  std::string program_;
  std::string member_id_;

  std::string from_cursor_;

  // Guarded by the stream's lock.
  std::optional<domain::InboxPosition> position_;  // Absent before the first look.
  domain::MemberKey head_;
  std::optional<Batch> to_send_;
  bool look_again_ = false;  // Once the batch is on its way.
  bool started_ = false;     // The caller knows where the stream starts.
};

}  // namespace perigee::services
