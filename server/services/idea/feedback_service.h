#pragma once

#include "perigee/v1/feedback.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// Feedback as readers of items give it (feedback.proto). The constructor's arguments must outlive
// it. Safe from many threads.
class FeedbackService final : public Service {
 public:
  FeedbackService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
