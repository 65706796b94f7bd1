#pragma once

#include "perigee/v1/insider.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// What staff do with insider items (insider.proto). The constructor's arguments must outlive it.
// Safe from many threads.
class InsiderAdminService final : public Service {
 public:
  InsiderAdminService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
