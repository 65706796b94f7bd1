#pragma once

#include "perigee/v1/contribution.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// What staff do with what members hand in (contribution.proto). The constructor's arguments must
// outlive it. Safe from many threads.
class ContributionAdminService final : public Service {
 public:
  ContributionAdminService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
