#pragma once

#include "perigee/v1/leak.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

class Measurements;

// What staff do when something of an item got out (leak.proto). The constructor's arguments must
// outlive it. Safe from many threads.
class LeakAdminService final : public Service {
 public:
  LeakAdminService(Call& call, const PageTokens& tokens, Measurements& measurements);
};

}  // namespace perigee::services
