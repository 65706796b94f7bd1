#pragma once

#include "perigee/v1/agreement.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// What members do with agreements (agreement.proto). The constructor's arguments must outlive it.
// Safe from many threads.
class AgreementService final : public Service {
 public:
  AgreementService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
