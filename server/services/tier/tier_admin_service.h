#pragma once

#include "perigee/v1/tier.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// What staff do with tiers (tier.proto). The constructor's arguments must outlive it. Safe from
// many threads.
class TierAdminService final : public Service {
 public:
  TierAdminService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
