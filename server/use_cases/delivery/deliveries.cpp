#include "server/use_cases/delivery/deliveries.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "server/core/check.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/webhook_signature.h"
#include "server/domain/journal/journal.h"
#include "server/domain/member/member.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/delivery/queue.h"
#include "server/use_cases/delivery/webhooks.h"

namespace perigee::use_cases {
namespace {

using domain::AttemptOutcome;
using domain::Delivery;
using domain::DeliveryState;
using domain::Event;
using domain::JournalEntry;
using domain::WebhookProgress;

// The webhook. nullopt if it is gone, or its programme.
absl::StatusOr<std::optional<WebhookNow>> FindWebhook(ports::StoreReader& reader,
                                                      const std::string& program,
                                                      const std::string& id) {
  absl::StatusOr<WebhookNow> found = RequireWebhook(reader, program, id);
  if (!found.ok()) {
    return ReasonOf(found.status()) == Reason::kNotFound
               ? absl::StatusOr<std::optional<WebhookNow>>(std::nullopt)
               : found.status();
  }
  return std::optional(*std::move(found));
}

// The event of a delivery, in the entry that has it.
std::optional<Event> EventOf(const Delivery& delivery, const JournalEntry& entry) {
  if (delivery.type == domain::kTestEventType) {
    Event event;
    event.type = delivery.type;
    event.pattern = kWebhookPattern;
    event.ids = {delivery.webhook};
    event.revision = delivery.event;
    event.time = delivery.create_time;
    return event;
  }
  // Another release of the server may tell of more kinds of records, and so give other places.
  std::vector<Event> events = domain::EventsOf(entry);
  std::erase_if(events, [&](const Event& event) {
    return event.type != delivery.type || event.subject != delivery.subject;
  });
  const auto found = std::ranges::find(events, delivery.place, &Event::place);
  if (events.empty()) {
    return std::nullopt;
  }
  return std::move(found == events.end() ? events.front() : *found);
}

// nullopt if the member that it needs is there no more.
absl::StatusOr<std::optional<std::string>> SubjectName(ports::StoreReader& reader,
                                                       const std::string& program,
                                                       const Event& event) {
  if (event.member.IsNil()) {
    return std::optional(domain::NameOf(event, program, {}));
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> member,
                           reader.members().FindByKeys(program, {&event.member, 1}));
  return member.empty() ? std::nullopt
                        : std::optional(domain::NameOf(event, program, member[0].id));
}

ports::OutgoingPost SignedPost(const std::string& url, const std::vector<WebhookSecret>& secrets,
                               const std::string& id, std::string message, Time now) {
  const WebhookHeaders headers = SignWebhook(secrets, id, now, message);
  return {url,
          {{"Content-Type", "application/json"},
           {"webhook-id", headers.id},
           {"webhook-timestamp", headers.timestamp},
           {"webhook-signature", headers.signature}},
          std::move(message)};
}

// The oldest go if there are too many.
absl::Status BoundDead(ports::StoreReader& reader, const std::string& program,
                       WebhookProgress& progress, domain::Changes& changes) {
  if (progress.dead <= domain::kDeadMax) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(
      std::vector<Delivery> dead,
      reader.records().List<Delivery>(program,
                                      {{"webhook", progress.webhook},
                                       {"state", static_cast<std::int64_t>(DeliveryState::kDead)}},
                                      nullptr, progress.dead - domain::kDeadMax));
  for (Delivery& one : dead) {
    changes.records.Delete(std::move(one));
    --progress.dead;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<domain::Changes> PassEvents(ports::StoreReader& reader,
                                           const ports::UnitContext& unit, const Passed& passed) {
  domain::Changes changes;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<WebhookNow> now,
                           FindWebhook(reader, passed.program, passed.webhook));
  if (!now.has_value() || now->progress.cursor != passed.from ||
      !domain::IsSending(now->webhook, now->progress) ||
      now->progress.waiting >= domain::kWaitingMax) {
    return changes;
  }
  WebhookProgress& progress = now->progress;
  std::set<std::string> subjects;  // Of deliveries that this unit makes.
  for (const Event& event : passed.events) {
    if (!domain::Wants(now->webhook, event.type)) {
      continue;
    }
    Delivery delivery;
    delivery.webhook = passed.webhook;
    delivery.event = event.revision;
    delivery.place = event.place;
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<Delivery> before,
                             reader.records().Find(passed.program, delivery));
    if (before.has_value() && before->state == DeliveryState::kWaiting) {
      continue;
    }
    progress.dead -= before.has_value() ? 1 : 0;
    ++progress.waiting;
    delivery.type = event.type;
    delivery.subject = event.subject;
    delivery.create_time = unit.now;
    PERIGEE_ASSIGN_OR_RETURN(
        const std::optional<Delivery> earlier,
        FirstWaiting(reader, passed.program, passed.webhook, event.subject, nullptr));
    if (subjects.insert(event.subject).second && !earlier.has_value()) {
      delivery.due_time = unit.now;
    }
    delivery.revision = unit.revision;
    changes.records.Put(std::move(delivery));
  }
  progress.cursor = passed.through;
  progress.revision = unit.revision;
  changes.records.Put(std::move(progress));
  return changes;
}

absl::StatusOr<std::optional<PreparedDelivery>> PrepareDelivery(ports::StoreReader& reader,
                                                                const std::string& program,
                                                                const Delivery& key, Time now) {
  using Answer = std::optional<PreparedDelivery>;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Delivery> delivery, reader.records().Find(program, key));
  if (!delivery.has_value() || !delivery->due_time.has_value() || *delivery->due_time > now) {
    return Answer();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<WebhookNow> webhook,
                           FindWebhook(reader, program, delivery->webhook));
  if (!webhook.has_value() || !domain::IsSending(webhook->webhook, webhook->progress)) {
    return Answer();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<JournalEntry> entries,
                           reader.journal().Read(program, delivery->event - 1, 1));
  if (entries.empty() || entries[0].revision != delivery->event) {
    return Error(Reason::kInternal, "the journal lacks the event of a delivery");
  }
  const std::optional<Event> event = EventOf(*delivery, entries[0]);
  if (!event.has_value()) {
    return Answer({*std::move(delivery), std::nullopt});
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<std::string> subject,
                           SubjectName(reader, program, *event));
  if (!subject.has_value()) {
    return Answer({*std::move(delivery), std::nullopt});
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<WebhookSecret> secrets,
                           WebhookSecrets(reader, program, webhook->webhook, now));
  const std::string id = domain::MessageId(entries[0], delivery->place);
  return Answer(
      {*std::move(delivery), SignedPost(webhook->webhook.url, secrets, id,
                                        domain::MessageOf(*event, program, *subject), now)});
}

absl::StatusOr<domain::Changes> NoteAttempt(ports::StoreReader& reader,
                                            const ports::UnitContext& unit,
                                            const std::string& program, const Delivery& tried,
                                            const std::optional<AttemptOutcome>& outcome) {
  domain::Changes changes;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Delivery> delivery, reader.records().Find(program, tried));
  PERIGEE_ASSIGN_OR_RETURN(std::optional<WebhookNow> now,
                           FindWebhook(reader, program, tried.webhook));
  if (!delivery.has_value() || !now.has_value() || delivery->state != DeliveryState::kWaiting ||
      delivery->attempts != tried.attempts) {
    return changes;
  }
  WebhookProgress& progress = now->progress;
  const bool was_sending = domain::IsSending(now->webhook, progress);
  bool is_done = true;
  if (outcome.has_value() && !outcome->arrived()) {
    domain::NoteFailure(*delivery, progress, *outcome);
    is_done = delivery->state == DeliveryState::kDead;
    if (!domain::IsSending(now->webhook, progress)) {
      delivery->due_time.reset();
    }
    delivery->revision = unit.revision;
    changes.records.Put(*delivery);
    PERIGEE_RETURN_IF_ERROR(BoundDead(reader, program, progress, changes));
  } else {
    if (outcome.has_value()) {
      domain::NoteArrival(progress, outcome->time);
    } else {
      --progress.waiting;
    }
    changes.records.Delete(*delivery);
  }
  const bool is_sending = domain::IsSending(now->webhook, progress);
  if (was_sending && !is_sending) {
    PERIGEE_RETURN_IF_ERROR(HoldAll(reader, unit, program, delivery->webhook, &*delivery, changes));
  } else if (is_done && is_sending) {
    PERIGEE_RETURN_IF_ERROR(ReleaseNext(reader, unit, program, *delivery, changes));
  }
  progress.revision = unit.revision;
  changes.records.Put(std::move(progress));
  return changes;
}

}  // namespace perigee::use_cases
