#pragma once

#include "perigee/v1/idea.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// What staff do with ideas (idea.proto). The constructor's arguments must outlive
// it. Safe from many threads.
class IdeaAdminService final : public Service {
 public:
  IdeaAdminService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
