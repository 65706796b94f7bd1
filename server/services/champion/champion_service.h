#pragma once

#include "perigee/v1/champion.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// Titles, nominations and appointments as members see them (champion.proto). The constructor's
// arguments must outlive it. Safe from many threads.
class ChampionService final : public Service {
 public:
  ChampionService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
