#pragma once

#include "perigee/v1/candidate.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

class Measurements;

// Shows staff who deserves a nomination, and why (candidate.proto). The constructor's arguments
// must outlive it. Safe from many threads.
class CandidateAdminService final : public Service {
 public:
  CandidateAdminService(Call& call, const PageTokens& tokens, Measurements& measurements);
};

}  // namespace perigee::services
