#pragma once

#include "perigee/v1/audit.pb.h"
#include "server/services/journal/audit_watch.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// audit.proto. The constructor's arguments must outlive it. Safe from many threads.
class AuditAdminService final : public Service {
 public:
  AuditAdminService(Call& call, const PageTokens& tokens);

  // Ends all streams, also later ones.
  void StopStreams() { watches_.Stop(); }
  // Ends the streams whose callers may not have them any more.
  void RecheckStreams() { watches_.Recheck(); }

 private:
  const PageTokens& tokens_;
  AuditWatches watches_;
};

}  // namespace perigee::services
