#pragma once

#include "perigee/v1/delivery.pb.h"
#include "server/core/outgoing_address.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
class VapidKey;
}  // namespace perigee

namespace perigee::services {

// Browsers in which members want notices (delivery.proto). The constructor's arguments must outlive
// it. Safe from many threads.
class DeviceService final : public Service {
 public:
  // `vapid` is null where the server has no key for Web Push.
  DeviceService(Call& call, const PageTokens& tokens, const VapidKey* vapid, OutgoingRules rules);
};

}  // namespace perigee::services
