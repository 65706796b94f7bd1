#pragma once

#include "perigee/v1/feedback.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// What staff do with feedback (feedback.proto). The constructor's arguments must outlive
// it. Safe from many threads.
class FeedbackAdminService final : public Service {
 public:
  FeedbackAdminService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
