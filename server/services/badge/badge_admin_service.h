#pragma once

#include "perigee/v1/badge.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// What staff do with badges (badge.proto). The constructor's arguments must outlive it. Safe from
// many threads.
class BadgeAdminService final : public Service {
 public:
  BadgeAdminService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
