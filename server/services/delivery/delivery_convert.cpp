#include "server/services/delivery/delivery_convert.h"

#include <optional>
#include <vector>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/program/program.h"
#include "server/services/convert.h"

namespace perigee::services {
namespace {

v1::Webhook::State StateOf(const use_cases::WebhookNow& now) {
  if (now.progress.disable_time.has_value()) {
    return v1::Webhook::STATE_DISABLED;
  }
  return now.webhook.paused ? v1::Webhook::STATE_PAUSED : v1::Webhook::STATE_SENDING;
}

}  // namespace

v1::Webhook ToProto(const std::string& program, const use_cases::WebhookNow& now) {
  const domain::Webhook& webhook = now.webhook;
  const domain::WebhookProgress& progress = now.progress;
  v1::Webhook out;
  out.set_name(FormatName(kWebhookPattern, {program, webhook.id}));
  out.set_display_name(webhook.display_name);
  out.set_url(webhook.url);
  for (const std::string& type : webhook.types) {
    out.add_types(type);
  }
  out.set_paused(webhook.paused);
  out.set_state(StateOf(now));
  out.set_cursor(progress.cursor);
  out.set_waiting(progress.waiting);
  out.set_dead(progress.dead);
  if (progress.arrive_time.has_value()) {
    *out.mutable_arrive_time() = ToTimestamp(*progress.arrive_time);
  }
  if (progress.failing_since.has_value()) {
    *out.mutable_failing_since() = ToTimestamp(*progress.failing_since);
  }
  if (progress.disable_time.has_value()) {
    *out.mutable_disable_time() = ToTimestamp(*progress.disable_time);
  }
  if (webhook.old_secret_end.has_value()) {
    *out.mutable_old_secret_end_time() = ToTimestamp(*webhook.old_secret_end);
  }
  *out.mutable_create_time() = ToTimestamp(webhook.create_time);
  out.set_etag(domain::Etag(webhook.edit_revision));
  out.set_revision(webhook.edit_revision);
  return out;
}

v1::WebhookSecretResponse ToProto(const std::string& program,
                                  const use_cases::WebhookWithSecret& webhook) {
  v1::WebhookSecretResponse out;
  *out.mutable_webhook() = ToProto(program, webhook.now);
  out.set_secret(webhook.secret);
  return out;
}

v1::Delivery ToProto(const std::string& program, const domain::Delivery& delivery) {
  v1::Delivery out;
  out.set_name(
      FormatName(kDeliveryPattern, {program, delivery.webhook, domain::DeliveryId(delivery)}));
  out.set_type(delivery.type);
  out.set_revision(delivery.event);
  out.set_state(static_cast<v1::Delivery::State>(delivery.state));
  out.set_attempts(delivery.attempts);
  out.set_failure(static_cast<v1::AttemptFailure>(delivery.failure));
  out.set_status(delivery.status);
  if (delivery.last_attempt_time.has_value()) {
    *out.mutable_attempt_time() = ToTimestamp(*delivery.last_attempt_time);
  }
  if (delivery.due_time.has_value()) {
    *out.mutable_next_attempt_time() = ToTimestamp(*delivery.due_time);
  }
  *out.mutable_create_time() = ToTimestamp(delivery.create_time);
  return out;
}

v1::Device ToProto(const std::string& member, const domain::Device& device) {
  v1::Device out;
  out.set_name(member + "/devices/" + device.id);
  out.set_display_name(device.display_name);
  *out.mutable_create_time() = ToTimestamp(device.create_time);
  return out;
}

absl::StatusOr<use_cases::DeliveryPlace> ParseDelivery(const std::string& name) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", name, kDeliveryPattern));
  // Ids of transfers have the same form.
  PERIGEE_ASSIGN_OR_RETURN(const domain::TransferId id, domain::ParseTransferId("name", parts[2]));
  return use_cases::DeliveryPlace{parts[0], parts[1], id.revision, id.index};
}

}  // namespace perigee::services
