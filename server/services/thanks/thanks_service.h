#pragma once

#include "perigee/v1/thanks.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// Thanks as members give and see them (thanks.proto). The constructor's arguments must outlive
// it. Safe from many threads.
class ThanksService final : public Service {
 public:
  ThanksService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
