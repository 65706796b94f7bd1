#pragma once

#include "perigee/v1/tier.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// Tiers as members see them (tier.proto). The constructor's arguments must outlive it. Safe from
// many threads.
class TierService final : public Service {
 public:
  TierService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
