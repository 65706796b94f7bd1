#pragma once

#include "perigee/v1/insider_read.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class Telemetry;
}  // namespace perigee::ports

namespace perigee::services {

// What members see of insider items (insider_read.proto). The constructor's arguments must outlive
// it. Safe from many threads.
class InsiderService final : public Service {
 public:
  InsiderService(Call& call, const PageTokens& tokens, ports::Telemetry& telemetry);
};

}  // namespace perigee::services
