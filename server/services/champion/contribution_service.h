#pragma once

#include "perigee/v1/contribution.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// What members hand in, and their year (contribution.proto). The constructor's arguments must
// outlive it. Safe from many threads.
class ContributionService final : public Service {
 public:
  ContributionService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
