#pragma once

#include "perigee/v1/insight.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// Shows staff the numbers of a programme and whose they are (insight.proto). The constructor's
// arguments must outlive it. Safe from many threads.
class InsightAdminService final : public Service {
 public:
  InsightAdminService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
