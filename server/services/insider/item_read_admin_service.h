#pragma once

#include "perigee/v1/insider_read.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// What staff see of the access log of insider items (insider_read.proto). The constructor's
// arguments must outlive it. Safe from many threads.
class ItemReadAdminService final : public Service {
 public:
  ItemReadAdminService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
