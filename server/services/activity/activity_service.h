#pragma once

#include "perigee/v1/activity.pb.h"
#include "server/services/activity/activity_stream.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

class PlacesAfterWrite;

// activity.proto. `call`, `tokens` and `places` must outlive it. Safe from many threads.
class ActivityAdminService final : public Service {
 public:
  ActivityAdminService(Call& call, const PageTokens& tokens, PlacesAfterWrite& places);

  // See ActivityStream::Stop.
  void StopStreams() { streams_.Stop(); }
  // Ends the streams whose callers may not have them any more.
  void RecheckStreams() { streams_.Recheck(); }

 private:
  const PageTokens& tokens_;
  ActivityStreams streams_;
};

}  // namespace perigee::services
