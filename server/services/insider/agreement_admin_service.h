#pragma once

#include "perigee/v1/agreement.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// What staff do with agreements (agreement.proto). The constructor's arguments must outlive it.
// Safe from many threads.
class AgreementAdminService final : public Service {
 public:
  AgreementAdminService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
