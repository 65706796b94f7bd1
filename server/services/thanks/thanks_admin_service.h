#pragma once

#include "perigee/v1/thanks.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// What staff do with thanks, and what the brand owes (thanks.proto). The constructor's arguments
// must outlive it. Safe from many threads.
class ThanksAdminService final : public Service {
 public:
  ThanksAdminService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
