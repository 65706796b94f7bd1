#pragma once

#include "perigee/v1/reward.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// What members do with rewards and their redemptions (reward.proto). The constructor's arguments
// must outlive it. Safe from many threads.
class RewardService final : public Service {
 public:
  RewardService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
