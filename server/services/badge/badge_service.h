#pragma once

#include "perigee/v1/badge.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// Badges as members see them (badge.proto). The constructor's arguments must outlive it. Safe from
// many threads.
class BadgeService final : public Service {
 public:
  BadgeService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
