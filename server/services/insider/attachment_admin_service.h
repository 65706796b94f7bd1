#pragma once

#include "perigee/v1/attachment.pb.h"
#include "server/services/insider/upload_stream.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class Blobs;
}  // namespace perigee::ports

namespace perigee::services {

// What staff do with attachments (attachment.proto). The constructor's arguments must outlive it.
// Safe from many threads.
class AttachmentAdminService final : public Service {
 public:
  AttachmentAdminService(Call& call, const PageTokens& tokens, ports::Blobs& blobs);

  // Ends all uploads, also later ones.
  void StopStreams() { uploads_.Stop(); }
  // Asks again whether the callers of uploads may have them.
  void RecheckStreams() { uploads_.Recheck(); }

 private:
  UploadStreams uploads_;
};

}  // namespace perigee::services
