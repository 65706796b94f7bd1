#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "perigee/v1/delivery.pb.h"
#include "server/domain/delivery/device.h"
#include "server/domain/delivery/webhook.h"
#include "server/use_cases/delivery/webhooks.h"

namespace perigee::services {

v1::Webhook ToProto(const std::string& program, const use_cases::WebhookNow& now);
v1::WebhookSecretResponse ToProto(const std::string& program,
                                  const use_cases::WebhookWithSecret& webhook);
v1::Delivery ToProto(const std::string& program, const domain::Delivery& delivery);
// Without what the browser subscribed with. `member`: the name of its member.
v1::Device ToProto(const std::string& member, const domain::Device& device);

// A delivery by its name in the field `name`. kInvalidField.
absl::StatusOr<use_cases::DeliveryPlace> ParseDelivery(const std::string& name);

}  // namespace perigee::services
