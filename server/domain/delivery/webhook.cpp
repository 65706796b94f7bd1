#include "server/domain/delivery/webhook.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/delivery/retry.h"
#include "server/domain/program/program.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Webhook::Fields() {
  return std::tuple(Key(1, "id", &Webhook::id), Personal(2, "display_name", &Webhook::display_name),
                    Personal(3, "url", &Webhook::url), Plain(4, "types", &Webhook::types),
                    Plain(5, "paused", &Webhook::paused), Plain(6, "secret", &Webhook::secret),
                    Plain(7, "old_secret", &Webhook::old_secret),
                    Plain(8, "old_secret_end", &Webhook::old_secret_end),
                    Plain(9, "create_time", &Webhook::create_time),
                    Plain(10, "edit_revision", &Webhook::edit_revision));
}
template <>
const RecordType& TypeOf<Webhook>() {
  static const RecordTypeFor<Webhook> kType;
  return kType;
}

auto WebhookProgress::Fields() {
  return std::tuple(Key(1, "webhook", &WebhookProgress::webhook),
                    Plain(2, "journal_cursor", &WebhookProgress::cursor),
                    Plain(3, "waiting", &WebhookProgress::waiting),
                    Plain(4, "dead", &WebhookProgress::dead),
                    Plain(5, "arrive_time", &WebhookProgress::arrive_time),
                    Plain(6, "failing_since", &WebhookProgress::failing_since),
                    Plain(7, "disable_time", &WebhookProgress::disable_time));
}
template <>
const RecordType& TypeOf<WebhookProgress>() {
  static const RecordTypeFor<WebhookProgress> kType;
  return kType;
}

auto Delivery::Fields() {
  return std::tuple(
      Key(1, "webhook", &Delivery::webhook), Key(2, "event", &Delivery::event),
      Key(3, "place", &Delivery::place), Plain(4, "type", &Delivery::type),
      Plain(5, "subject", &Delivery::subject), Plain(6, "state", &Delivery::state),
      Plain(7, "attempts", &Delivery::attempts),
      Plain(8, "first_attempt_time", &Delivery::first_attempt_time),
      Plain(9, "last_attempt_time", &Delivery::last_attempt_time),
      Plain(10, "failure", &Delivery::failure), Plain(11, "status", &Delivery::status),
      Plain(12, "create_time", &Delivery::create_time), Due(13, "due_time", &Delivery::due_time));
}
template <>
const RecordType& TypeOf<Delivery>() {
  static const RecordTypeFor<Delivery> kType;
  return kType;
}
namespace {

constexpr int kGone = 410;

// The delivery as the retry rule knows it: the wait differs from delivery to delivery.
Uuid RetryId(const Delivery& delivery) {
  const Sha256Digest digest = Sha256(absl::StrCat(delivery.webhook, "/", DeliveryId(delivery)));
  Uuid id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  return id;
}

}  // namespace

absl::Status CheckWebhook(const Webhook& webhook) {
  PERIGEE_RETURN_IF_ERROR(CheckId("webhook_id", webhook.id));
  PERIGEE_RETURN_IF_ERROR(
      CheckText("webhook.display_name", webhook.display_name, 0, kDisplayNameBytesMax));
  PERIGEE_RETURN_IF_ERROR(CheckText("webhook.url", webhook.url, 1, kWebhookUrlBytesMax));
  if (webhook.types.size() > kWebhookTypesMax) {
    return InvalidField("webhook.types", absl::StrCat("must be at most ", kWebhookTypesMax));
  }
  return absl::OkStatus();
}

bool IsSending(const Webhook& webhook, const WebhookProgress& progress) {
  return !webhook.paused && !progress.disable_time.has_value();
}

bool Wants(const Webhook& webhook, std::string_view type) {
  return webhook.types.empty() || std::ranges::find(webhook.types, type) != webhook.types.end();
}

void NoteFailure(Delivery& delivery, WebhookProgress& progress, const AttemptOutcome& outcome) {
  ++delivery.attempts;
  delivery.first_attempt_time = delivery.first_attempt_time.value_or(outcome.time);
  delivery.last_attempt_time = outcome.time;
  delivery.failure = outcome.failure;
  delivery.status = outcome.status;
  delivery.due_time = NextAttempt(
      kWebhookRetries, {RetryId(delivery), delivery.attempts, *delivery.first_attempt_time,
                        outcome.time, outcome.not_before});
  if (!delivery.due_time.has_value()) {
    delivery.state = DeliveryState::kDead;
    --progress.waiting;
    ++progress.dead;
  }
  progress.failing_since = progress.failing_since.value_or(outcome.time);
  if (outcome.status == kGone || outcome.time - *progress.failing_since >= kDisableAfter) {
    progress.disable_time = progress.disable_time.value_or(outcome.time);
  }
}

void NoteArrival(WebhookProgress& progress, Time now) {
  --progress.waiting;
  progress.arrive_time = now;
  progress.failing_since.reset();
}

std::string DeliveryId(const Delivery& delivery) {
  return absl::StrCat(delivery.event, "-", delivery.place);
}

}  // namespace perigee::domain
