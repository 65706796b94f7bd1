#pragma once

#include "perigee/v1/champion.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// What staff do with titles, nominations and appointments (champion.proto). The constructor's
// arguments must outlive it. Safe from many threads.
class ChampionAdminService final : public Service {
 public:
  ChampionAdminService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
