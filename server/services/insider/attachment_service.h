#pragma once

#include <memory>

#include "perigee/v1/attachment.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class Blobs;
class Telemetry;
}  // namespace perigee::ports

namespace perigee::services {

class Downloads;

// What members see of attachments (attachment.proto). The constructor's arguments must outlive it.
// Safe from many threads.
class AttachmentService final : public Service {
 public:
  AttachmentService(Call& call, const PageTokens& tokens, ports::Blobs& blobs,
                    ports::Telemetry& telemetry);
  ~AttachmentService() override;

  // Ends all downloads, also later ones. Must be called before the store ends.
  void StopStreams();
  // Asks again whether the callers of downloads may have them.
  void RecheckStreams();

 private:
  const std::shared_ptr<Downloads> downloads_;
};

}  // namespace perigee::services
