#pragma once

#include "perigee/v1/idea.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// What members wish of the product, and their votes (idea.proto). The constructor's arguments must
// outlive it. Safe from many threads.
class IdeaService final : public Service {
 public:
  IdeaService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
