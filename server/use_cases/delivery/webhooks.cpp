#include "server/use_cases/delivery/webhooks.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/core/uuid.h"
#include "server/domain/journal/event.h"
#include "server/domain/program/program.h"
#include "server/ports/program/program_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/delivery/queue.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Delivery;
using domain::DeliveryState;
using domain::Revision;
using domain::Webhook;
using domain::WebhookProgress;

absl::StatusOr<std::optional<WebhookNow>> Find(ports::StoreReader& reader,
                                               const std::string& program, const std::string& id) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  Webhook like;
  like.id = id;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Webhook> webhook, reader.records().Find(program, like));
  WebhookProgress of;
  of.webhook = id;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<WebhookProgress> progress,
                           reader.records().Find(program, of));
  if (!webhook.has_value() || !progress.has_value()) {
    return std::optional<WebhookNow>();
  }
  return std::optional(WebhookNow{*std::move(webhook), *std::move(progress)});
}

// Without what only the resolver knows.
absl::Status Check(const Webhook& webhook, OutgoingRules rules) {
  PERIGEE_RETURN_IF_ERROR(domain::CheckWebhook(webhook));
  if (const absl::Status status = OutgoingAddress::Parse(webhook.url, rules).status();
      !status.ok()) {
    // The refusal would name the URL, which may have a token in it.
    return InvalidField("webhook.url",
                        "must be an https URL of a host on the public internet, with the port 443 "
                        "or 8443, without a user and a fragment");
  }
  const std::vector<std::string_view> all = domain::AllEventTypes();
  for (std::size_t i = 0; i < webhook.types.size(); ++i) {
    if (std::ranges::find(all, webhook.types[i]) == all.end()) {
      return InvalidField(absl::StrCat("webhook.types[", i, "]"), "is no type of events");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<WebhookSecret> SecretOf(ports::StoreReader& reader, const std::string& program,
                                       const Webhook& webhook, const Uuid& salt) {
  PERIGEE_ASSIGN_OR_RETURN(const SealKey key, reader.programs().Secret(program, "webhooks 1"));
  return WebhookSecret::Of(
      HmacSha256(std::string_view(reinterpret_cast<const char*>(key.data()), key.size()),
                 absl::StrCat(webhook.id, "\n", salt.Hex())));
}

Decided<WebhookNow> PutEdited(const ports::UnitContext& unit, WebhookNow now,
                              domain::Changes changes) {
  now.webhook.edit_revision = now.webhook.revision = unit.revision;
  changes.records.Put(now.webhook);
  return {std::move(now), std::move(changes)};
}

absl::StatusOr<Decided<WebhookWithSecret>> WithSecret(ports::StoreReader& reader,
                                                      const std::string& program,
                                                      Decided<WebhookNow> decided) {
  const Webhook& webhook = decided.value.webhook;
  PERIGEE_ASSIGN_OR_RETURN(const WebhookSecret secret,
                           SecretOf(reader, program, webhook, webhook.secret));
  return Decided<WebhookWithSecret>{{std::move(decided.value), secret.Text()},
                                    std::move(decided.changes)};
}

absl::Status RequireSending(const WebhookNow& now) {
  if (domain::IsSending(now.webhook, now.progress)) {
    return absl::OkStatus();
  }
  return Error(Reason::kWebhookNotSending,
               absl::StrCat("webhook ", now.webhook.id, " is paused or disabled"),
               {{"webhook", now.webhook.id}});
}

void PutProgress(const ports::UnitContext& unit, WebhookProgress& progress,
                 domain::Changes& changes) {
  progress.revision = unit.revision;
  changes.records.Put(progress);
}

}  // namespace

absl::StatusOr<WebhookNow> RequireWebhook(ports::StoreReader& reader, const std::string& program,
                                          const std::string& id) {
  PERIGEE_ASSIGN_OR_RETURN(std::optional<WebhookNow> found, Find(reader, program, id));
  if (!found.has_value()) {
    return NotFound(FormatName(kWebhookPattern, {program, id}));
  }
  return *std::move(found);
}

absl::StatusOr<std::vector<WebhookNow>> WebhooksOf(ports::StoreReader& reader,
                                                   const std::string& program) {
  constexpr int kAll = static_cast<int>(domain::kWebhooksMax) + 1;
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Webhook> webhooks,
                           reader.records().List<Webhook>(program, {}, nullptr, kAll));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<WebhookProgress> progress,
                           reader.records().List<WebhookProgress>(program, {}, nullptr, kAll));
  std::vector<WebhookNow> all;
  for (Webhook& webhook : webhooks) {
    const auto of = std::ranges::find(progress, webhook.id, &WebhookProgress::webhook);
    if (of != progress.end()) {
      all.push_back({std::move(webhook), std::move(*of)});
    }
  }
  return all;
}

absl::StatusOr<std::vector<WebhookSecret>> WebhookSecrets(ports::StoreReader& reader,
                                                          const std::string& program,
                                                          const Webhook& webhook, Time now) {
  std::vector<WebhookSecret> secrets;
  PERIGEE_ASSIGN_OR_RETURN(WebhookSecret newest,
                           SecretOf(reader, program, webhook, webhook.secret));
  secrets.push_back(std::move(newest));
  if (webhook.old_secret_end.has_value() && now < *webhook.old_secret_end) {
    PERIGEE_ASSIGN_OR_RETURN(WebhookSecret old,
                             SecretOf(reader, program, webhook, webhook.old_secret));
    secrets.push_back(std::move(old));
  }
  return secrets;
}

absl::StatusOr<Decided<WebhookWithSecret>> CreateWebhook(ports::StoreReader& reader,
                                                         const ports::UnitContext& unit,
                                                         const std::string& program,
                                                         Webhook webhook, OutgoingRules rules) {
  PERIGEE_RETURN_IF_ERROR(Check(webhook, rules));
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<WebhookNow> before,
                           Find(reader, program, webhook.id));
  if (before.has_value()) {
    return AlreadyExists(FormatName(kWebhookPattern, {program, webhook.id}));
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<WebhookNow> all, WebhooksOf(reader, program));
  if (all.size() >= domain::kWebhooksMax) {
    return Error(Reason::kTooManyWebhooks,
                 absl::StrCat("the programme has ", domain::kWebhooksMax, " webhooks"),
                 {{"limit", absl::StrCat(domain::kWebhooksMax)}});
  }
  webhook.create_time = unit.now;
  WebhookProgress progress;
  progress.webhook = webhook.id;
  progress.cursor = unit.revision;
  domain::Changes changes;
  PutProgress(unit, progress, changes);
  return WithSecret(reader, program,
                    PutEdited(unit, {std::move(webhook), std::move(progress)}, std::move(changes)));
}

absl::StatusOr<Decided<WebhookNow>> UpdateWebhook(ports::StoreReader& reader,
                                                  const ports::UnitContext& unit,
                                                  const std::string& program, const std::string& id,
                                                  const Edit<Webhook>& edit, OutgoingRules rules) {
  PERIGEE_ASSIGN_OR_RETURN(WebhookNow now, RequireWebhook(reader, program, id));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(edit.etag, now.webhook.edit_revision));
  const bool was_sending = domain::IsSending(now.webhook, now.progress);
  edit.apply(now.webhook);
  PERIGEE_RETURN_IF_ERROR(Check(now.webhook, rules));
  domain::Changes changes;
  const bool is_sending = domain::IsSending(now.webhook, now.progress);
  if (was_sending && !is_sending) {
    PERIGEE_RETURN_IF_ERROR(HoldAll(reader, unit, program, id, nullptr, changes));
  } else if (!was_sending && is_sending) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<Delivery> waiting,
                             DeliveriesIn(reader, program, id, DeliveryState::kWaiting));
    ReleaseAll(unit, std::move(waiting), changes);
  }
  return PutEdited(unit, std::move(now), std::move(changes));
}

absl::StatusOr<Decided<WebhookWithSecret>> RotateWebhookSecret(ports::StoreReader& reader,
                                                               const ports::UnitContext& unit,
                                                               const std::string& program,
                                                               const std::string& id,
                                                               const Uuid& fresh, Duration keep) {
  PERIGEE_ASSIGN_OR_RETURN(WebhookNow now, RequireWebhook(reader, program, id));
  now.webhook.old_secret = std::exchange(now.webhook.secret, fresh);
  now.webhook.old_secret_end = unit.now + keep;
  return WithSecret(reader, program, PutEdited(unit, std::move(now), {}));
}

absl::StatusOr<Decided<WebhookNow>> DeleteWebhook(ports::StoreReader& reader,
                                                  const std::string& program,
                                                  const std::string& id) {
  PERIGEE_ASSIGN_OR_RETURN(WebhookNow now, RequireWebhook(reader, program, id));
  domain::Changes changes;
  for (const DeliveryState state : {DeliveryState::kWaiting, DeliveryState::kDead}) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<Delivery> deliveries,
                             DeliveriesIn(reader, program, id, state));
    for (Delivery& one : deliveries) {
      changes.records.Delete(std::move(one));
    }
  }
  changes.records.Delete(now.progress);
  changes.records.Delete(now.webhook);
  return Decided<WebhookNow>{std::move(now), std::move(changes)};
}

absl::StatusOr<Decided<WebhookNow>> ResumeWebhook(ports::StoreReader& reader,
                                                  const ports::UnitContext& unit,
                                                  const std::string& program, const std::string& id,
                                                  std::optional<Revision> after) {
  PERIGEE_ASSIGN_OR_RETURN(WebhookNow now, RequireWebhook(reader, program, id));
  if (after.has_value() && (*after < 0 || *after >= unit.revision)) {
    return InvalidField("after_revision", absl::StrCat("must be 0 to ", unit.revision - 1));
  }
  domain::Changes changes;
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Delivery> waiting,
                           DeliveriesIn(reader, program, id, DeliveryState::kWaiting));
  if (after.has_value()) {
    now.progress.cursor = *after;
    // The webhook comes to these again, but for tests, which are no events of entries.
    std::erase_if(waiting, [&](const Delivery& one) {
      const bool comes_again = one.event > *after && one.type != domain::kTestEventType;
      if (comes_again) {
        changes.records.Delete(one);
        --now.progress.waiting;
      }
      return comes_again;
    });
  }
  ReleaseAll(unit, std::move(waiting), changes);
  now.webhook.paused = false;
  now.progress.disable_time.reset();
  now.progress.failing_since.reset();
  PutProgress(unit, now.progress, changes);
  return PutEdited(unit, std::move(now), std::move(changes));
}

absl::StatusOr<Decided<Delivery>> SendTestEvent(ports::StoreReader& reader,
                                                const ports::UnitContext& unit,
                                                const std::string& program, const std::string& id) {
  PERIGEE_ASSIGN_OR_RETURN(WebhookNow now, RequireWebhook(reader, program, id));
  PERIGEE_RETURN_IF_ERROR(RequireSending(now));
  if (now.progress.waiting >= domain::kWaitingMax) {
    return Error(Reason::kWebhookNotSending,
                 absl::StrCat(domain::kWaitingMax, " deliveries to webhook ", id, " wait already"),
                 {{"webhook", id}, {"limit", absl::StrCat(domain::kWaitingMax)}});
  }
  Delivery delivery;
  delivery.webhook = id;
  delivery.event = unit.revision;
  delivery.type = domain::kTestEventType;
  delivery.subject = absl::StrCat("test:", unit.revision);
  delivery.create_time = unit.now;
  delivery.due_time = unit.now;
  delivery.revision = unit.revision;
  Decided<Delivery> decided = Put(std::move(delivery));
  ++now.progress.waiting;
  PutProgress(unit, now.progress, decided.changes);
  return decided;
}

absl::StatusOr<Decided<Delivery>> RedeliverDelivery(ports::StoreReader& reader,
                                                    const ports::UnitContext& unit,
                                                    const DeliveryPlace& place) {
  PERIGEE_ASSIGN_OR_RETURN(WebhookNow now, RequireWebhook(reader, place.program, place.webhook));
  Delivery like;
  like.webhook = place.webhook;
  like.event = place.event;
  like.place = place.place;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Delivery> delivery,
                           reader.records().Find(place.program, like));
  if (!delivery.has_value()) {
    return NotFound(
        FormatName(kDeliveryPattern, {place.program, place.webhook, domain::DeliveryId(like)}));
  }
  PERIGEE_RETURN_IF_ERROR(RequireSending(now));
  domain::Changes changes;
  if (delivery->state == DeliveryState::kDead) {
    delivery->state = DeliveryState::kWaiting;
    delivery->attempts = 0;
    delivery->first_attempt_time.reset();
    --now.progress.dead;
    ++now.progress.waiting;
    PutProgress(unit, now.progress, changes);
  }
  delivery->due_time = unit.now;
  delivery->revision = unit.revision;
  changes.records.Put(*delivery);
  return Decided<Delivery>{*std::move(delivery), std::move(changes)};
}

}  // namespace perigee::use_cases
