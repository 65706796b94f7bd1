#pragma once

#include "perigee/v1/delivery.pb.h"
#include "server/core/outgoing_address.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class Ids;
}  // namespace perigee::ports

namespace perigee::services {

// Webhooks and what is on its way to them (delivery.proto). The constructor's arguments must
// outlive it. Safe from many threads.
class WebhookAdminService final : public Service {
 public:
  WebhookAdminService(Call& call, ports::Ids& ids, const PageTokens& tokens, OutgoingRules rules);
};

}  // namespace perigee::services
