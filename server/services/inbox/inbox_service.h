#pragma once

#include "perigee/v1/inbox.pb.h"
#include "server/services/inbox/inbox_watch.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class InboxStats;
}  // namespace perigee::ports

namespace perigee::services {

// inbox.proto. The constructor's arguments must outlive it. Safe from many threads.
class InboxService final : public Service {
 public:
  InboxService(Call& call, const PageTokens& tokens, ports::InboxStats& stats);

  // Ends all streams, also later ones.
  void StopStreams() { watches_.Stop(); }
  // Ends the streams whose callers may not have them any more.
  void RecheckStreams() { watches_.Recheck(); }

 private:
  const PageTokens& tokens_;
  InboxWatches watches_;
};

}  // namespace perigee::services
