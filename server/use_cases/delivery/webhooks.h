#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/outgoing_address.h"
#include "server/core/time.h"
#include "server/core/webhook_signature.h"
#include "server/domain/delivery/webhook.h"
#include "server/use_cases/decided.h"

namespace perigee {
struct Uuid;
}  // namespace perigee

namespace perigee::use_cases {

// A webhook, and how far it has come.
struct WebhookNow {
  domain::Webhook webhook;
  domain::WebhookProgress progress;
};
// The same with its newest secret, which is told once.
struct WebhookWithSecret {
  WebhookNow now;
  std::string secret;  // See WebhookSecret::Text.
};
// A delivery by the id of its webhook, and its own (see domain::DeliveryId).
struct DeliveryPlace {
  std::string program;
  std::string webhook;
  domain::Revision event = 0;
  std::int32_t place = 0;
};

// kNotFound for the programme or the webhook.
absl::StatusOr<WebhookNow> RequireWebhook(ports::StoreReader& reader, const std::string& program,
                                          const std::string& id);
// All of a programme, by id.
absl::StatusOr<std::vector<WebhookNow>> WebhooksOf(ports::StoreReader& reader,
                                                   const std::string& program);
// What messages to the webhook are signed with at `now`: the newest secret, and the old one while
// that is good. They follow from the programme's key and are stored nowhere. kInternal if the
// programme has no key.
absl::StatusOr<std::vector<WebhookSecret>> WebhookSecrets(ports::StoreReader& reader,
                                                          const std::string& program,
                                                          const domain::Webhook& webhook, Time now);

// Makes a webhook. It gets the events of entries after this one. `webhook.secret`: a random id.
// kNotFound for the programme, kAlreadyExists, kTooManyWebhooks, kInvalidField (`webhook.url`,
// `webhook.types`, and those of domain::CheckWebhook).
absl::StatusOr<Decided<WebhookWithSecret>> CreateWebhook(ports::StoreReader& reader,
                                                         const ports::UnitContext& unit,
                                                         const std::string& program,
                                                         domain::Webhook webhook,
                                                         OutgoingRules rules);
// Changes a webhook. One that pauses keeps its deliveries until it goes on. kNotFound,
// kEtagMismatch; otherwise as CreateWebhook.
absl::StatusOr<Decided<WebhookNow>> UpdateWebhook(ports::StoreReader& reader,
                                                  const ports::UnitContext& unit,
                                                  const std::string& program, const std::string& id,
                                                  const Edit<domain::Webhook>& edit,
                                                  OutgoingRules rules);
// Gives a webhook a new secret, which follows from the random id `fresh`. The present one stays
// good for `keep`, and one before it ends. kNotFound.
absl::StatusOr<Decided<WebhookWithSecret>> RotateWebhookSecret(ports::StoreReader& reader,
                                                               const ports::UnitContext& unit,
                                                               const std::string& program,
                                                               const std::string& id,
                                                               const Uuid& fresh, Duration keep);
// Deletes a webhook with its deliveries, and answers what it was. kNotFound.
absl::StatusOr<Decided<WebhookNow>> DeleteWebhook(ports::StoreReader& reader,
                                                  const std::string& program,
                                                  const std::string& id);
// Lets a webhook go on that is paused or disabled. With `after`, it gets all events of entries
// after that revision again; what waits from earlier entries stays. kNotFound; kInvalidField
// (`after_revision`) below 0, or above the newest revision before this.
absl::StatusOr<Decided<WebhookNow>> ResumeWebhook(ports::StoreReader& reader,
                                                  const ports::UnitContext& unit,
                                                  const std::string& program, const std::string& id,
                                                  std::optional<domain::Revision> after);

// Makes a delivery of an event that only says that staff try the webhook. kNotFound,
// kWebhookNotSending.
absl::StatusOr<Decided<domain::Delivery>> SendTestEvent(ports::StoreReader& reader,
                                                        const ports::UnitContext& unit,
                                                        const std::string& program,
                                                        const std::string& id);
// Tries a delivery at once, with all attempts before it if it was given up. kNotFound,
// kWebhookNotSending.
absl::StatusOr<Decided<domain::Delivery>> RedeliverDelivery(ports::StoreReader& reader,
                                                            const ports::UnitContext& unit,
                                                            const DeliveryPlace& place);

}  // namespace perigee::use_cases
