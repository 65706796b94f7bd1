#pragma once

#include "perigee/v1/reward.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// What staff do with rewards and redemptions (reward.proto). The constructor's arguments must
// outlive it. Safe from many threads.
class RewardAdminService final : public Service {
 public:
  RewardAdminService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
