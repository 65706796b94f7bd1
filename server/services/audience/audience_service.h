#pragma once

#include "perigee/v1/audience.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee
namespace perigee::ports {
class Terms;
}  // namespace perigee::ports

namespace perigee::services {

// Tries audiences (audience.proto). The constructor's arguments must outlive it. Safe from many
// threads.
class AudienceAdminService final : public Service {
 public:
  AudienceAdminService(Call& call, const PageTokens& tokens, ports::Terms& terms);

 private:
  const PageTokens& tokens_;
  ports::Terms& terms_;
};

}  // namespace perigee::services
