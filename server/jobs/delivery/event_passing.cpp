#include "server/jobs/delivery/event_passing.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/journal/event.h"
#include "server/domain/journal/journal.h"
#include "server/jobs/journal/entries.h"
#include "server/jobs/programs.h"
#include "server/ports/clock.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/store.h"
#include "server/ports/telemetry.h"
#include "server/use_cases/delivery/deliveries.h"

namespace perigee::jobs {
namespace {

using domain::Event;
using domain::Revision;
using domain::Webhook;
using domain::WebhookProgress;

constexpr char kName[] = "webhooks";
constexpr char kMoved[] = "moved";
constexpr int kEntriesMax = 500;
// In one unit, but for the last entry.
constexpr std::size_t kEventsMax = 200;
// After so many entries without an event the cursor moves even so.
constexpr Revision kPassedOverMax = 1000;

// The record if it is an R, or null.
template <class R>
const R* As(const domain::RecordChange& change) {
  return change.type == &domain::TypeOf<R>() ? static_cast<const R*>(change.record.get()) : nullptr;
}

}  // namespace

EventPassing::EventPassing(Parts parts)
    : parts_(parts),
      follower_(
          {parts_.store.feed(), parts_.executor, parts_.telemetry}, {.name = kName},
          [this](const std::string& program, Revision head) { return CatchUp(program, head); }) {
  follower_.Start();
}

absl::Status EventPassing::Start() {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> programs, AllPrograms(parts_.store));
  for (const std::string& program : programs) {
    follower_.Look(program, kEndOfJournal);
  }
  return absl::OkStatus();
}

absl::Status EventPassing::CatchUp(const std::string& program, Revision head) {
  if (head == kDeleted) {
    known_.erase(program);
    return absl::OkStatus();
  }
  absl::StatusOr<Known*> known = Look(program);
  absl::Status status = known.status();
  Revision passed = 0;
  if (status.ok()) {
    passed = (*known)->looked;
    for (auto& [id, webhook] : (*known)->webhooks) {
      status.Update(Advance(program, (*known)->looked, webhook));
      if (domain::IsSending(webhook.now.webhook, webhook.now.progress)) {
        passed = std::min(passed, webhook.seen);
      }
    }
  }
  if (!status.ok()) {
    known_.erase(program);  // The outcome of a unit may not be known.
    return status;
  }
  parts_.telemetry.Projected(program, kName, passed);
  return absl::OkStatus();
}

absl::StatusOr<EventPassing::Known*> EventPassing::Look(const std::string& program) {
  auto found = known_.find(program);
  if (found == known_.end()) {
    Known known;
    PERIGEE_RETURN_IF_ERROR(parts_.store.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(known.looked, reader.journal().Head(program));
      PERIGEE_ASSIGN_OR_RETURN(std::vector<use_cases::WebhookNow> all,
                               use_cases::WebhooksOf(reader, program));
      for (use_cases::WebhookNow& one : all) {
        const Revision cursor = one.progress.cursor;
        std::string id = one.webhook.id;
        known.webhooks.emplace(std::move(id), Followed{std::move(one), cursor, cursor});
      }
      return absl::OkStatus();
    }));
    found = known_.emplace(program, std::move(known)).first;
  }
  for (;;) {
    PERIGEE_ASSIGN_OR_RETURN(
        const std::vector<ports::JournalEntryPtr> entries,
        EntriesAfter(parts_.store, program, found->second.looked, kEntriesMax));
    if (entries.empty()) {
      return &found->second;
    }
    for (const ports::JournalEntryPtr& entry : entries) {
      Apply(*entry, found->second);
    }
  }
}

// Entries have all of these records but for what no event needs, such as the URL.
void EventPassing::Apply(const domain::JournalEntry& entry, Known& known) {
  for (const domain::RecordChange& change : entry.changes.records.all()) {
    if (const auto* webhook = As<Webhook>(change)) {
      if (change.deleted) {
        known.webhooks.erase(webhook->id);
      } else {
        known.webhooks[webhook->id].now.webhook = *webhook;
      }
    } else if (const auto* progress = As<WebhookProgress>(change);
               progress != nullptr && !change.deleted) {
      Followed& followed = known.webhooks[progress->webhook];
      followed.now.progress = *progress;
      if (followed.cursor != progress->cursor) {
        followed.cursor = followed.seen = progress->cursor;
      }
    }
  }
  known.looked = entry.revision;
}

absl::Status EventPassing::Advance(const std::string& program, Revision to, Followed& webhook) {
  while (webhook.seen < to && domain::IsSending(webhook.now.webhook, webhook.now.progress) &&
         webhook.now.progress.waiting < domain::kWaitingMax) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<ports::JournalEntryPtr> entries,
                             EntriesAfter(parts_.store, program, webhook.seen, kEntriesMax));
    if (entries.empty()) {
      break;
    }
    std::vector<Event> wanted;
    for (const ports::JournalEntryPtr& entry : entries) {
      // What staff changed after `to`, such as the types, is not known yet.
      if (wanted.size() >= kEventsMax || entry->revision > to) {
        break;
      }
      std::ranges::copy_if(
          domain::EventsOf(*entry), std::back_inserter(wanted),
          [&](const Event& event) { return domain::Wants(webhook.now.webhook, event.type); });
      webhook.seen = entry->revision;
    }
    if (wanted.empty() && webhook.seen - webhook.cursor < kPassedOverMax) {
      continue;
    }
    const std::string& id = webhook.now.webhook.id;
    ports::Unit unit;
    unit.program = program;
    unit.now = parts_.clock.Now();
    unit.background = true;
    unit.in_closed = true;
    unit.by.kind = domain::PrincipalKind::kJob;
    unit.decide = [&, from = webhook.cursor, through = webhook.seen](
                      ports::StoreReader& reader,
                      const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
      ports::Decision decision;
      PERIGEE_ASSIGN_OR_RETURN(
          decision.changes,
          use_cases::PassEvents(reader, context, {program, id, from, through, wanted}));
      decision.answer = decision.changes.Empty() ? "" : kMoved;
      return decision;
    };
    PERIGEE_ASSIGN_OR_RETURN(const ports::Outcome outcome,
                             WriteAndWait(parts_.store, std::move(unit)));
    if (outcome.answer != kMoved) {
      // Another server was faster, or staff have paused the webhook meanwhile.
      return Error(Reason::kConflict, "the cursor of a webhook is elsewhere");
    }
    webhook.cursor = webhook.seen;
    webhook.now.progress.waiting += static_cast<int>(wanted.size());
  }
  return absl::OkStatus();
}

}  // namespace perigee::jobs
