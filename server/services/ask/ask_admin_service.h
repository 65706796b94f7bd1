#pragma once

#include "perigee/v1/ask.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// What teams of the programme do with asks (ask.proto). The constructor's arguments must outlive
// it. Safe from many threads.
class AskAdminService final : public Service {
 public:
  AskAdminService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
