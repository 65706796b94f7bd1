#include "server/jobs/delivery/sending.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/retry_after.h"
#include "server/core/status_macros.h"
#include "server/domain/delivery/device.h"
#include "server/domain/delivery/webhook.h"
#include "server/domain/record/wire.h"
#include "server/jobs/due_loop.h"
#include "server/jobs/lease_keeper.h"
#include "server/ports/clock.h"
#include "server/ports/delivery/outgoing.h"
#include "server/ports/due_reader.h"
#include "server/ports/executor.h"
#include "server/ports/store.h"
#include "server/ports/telemetry.h"
#include "server/use_cases/delivery/deliveries.h"
#include "server/use_cases/delivery/devices.h"
#include "server/use_cases/delivery/queue.h"
#include "server/use_cases/inbox/inbox_pushes.h"
#include "server/use_cases/write_and_wait.h"

namespace perigee::jobs {
namespace {

using domain::AttemptOutcome;
using domain::Delivery;
using domain::PushDelivery;
using std::chrono::milliseconds;

constexpr int kPage = 200;
// In a row, before others have their turn.
constexpr int kOfOneSubjectMax = 20;
constexpr milliseconds kRestMin{20};
constexpr milliseconds kRestMax{250};
// What was sent and could not be noted is sent again, but not at once.
constexpr std::chrono::seconds kRestAfterFailure{10};
constexpr char kWebhooks[] = "webhook";
constexpr char kPushes[] = "push";

const ports::DueKind kDelivery = ports::DueKindOf(domain::TypeOf<Delivery>());
const ports::DueKind kPush = ports::DueKindOf(domain::TypeOf<PushDelivery>());

template <class R>
std::optional<R> KeyOf(const ports::Due& due) {
  const std::shared_ptr<void> like = domain::DecodeRecord(domain::TypeOf<R>(), due.key, {}, 0);
  return like == nullptr ? std::nullopt : std::optional(*static_cast<const R*>(like.get()));
}

SendingJob JobOf(const ports::Due& due) {
  const bool is_push = due.kind == kPush;
  std::string id;
  if (is_push) {
    id = KeyOf<PushDelivery>(due).value_or(PushDelivery{}).device;
  } else {
    id = KeyOf<Delivery>(due).value_or(Delivery{}).webhook;
  }
  return {due, absl::StrCat(is_push ? kPushes : kWebhooks, "/", due.program, "/", id), is_push};
}

ports::Due DueOf(const std::string& program, const Delivery& delivery) {
  return {
      delivery.due_time.value_or(kEndOfTime), program, kDelivery,
      domain::EncodeRecord(domain::TypeOf<Delivery>(), &delivery, domain::WireSink::Part::kKey)};
}

}  // namespace

Sending::~Sending() { Stop(); }

bool Sending::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

absl::Status Sending::RunOnce() {
  if (!parts_.leases.Held(DueLoop::kJob).has_value()) {
    const std::lock_guard lock(mutex_);
    next_.reset();
    return absl::OkStatus();
  }
  const Time now = parts_.clock.Now();
  std::optional<Time> next;
  std::vector<ports::Due> page{ports::Due{}};
  do {
    const ports::Due after = page.back();
    PERIGEE_RETURN_IF_ERROR(parts_.store.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(page, reader.due().List(after, kPage));
      return absl::OkStatus();
    }));
    const std::lock_guard lock(mutex_);
    for (const ports::Due& due : page) {
      if (due.time > now) {
        next = due.time;
        break;
      }
      if (due.kind == kDelivery || due.kind == kPush) {
        lanes_.Take(JobOf(due), now);
      }
    }
  } while (!next.has_value() && std::cmp_equal(page.size(), kPage));
  std::vector<std::string> employed;
  {
    const std::lock_guard lock(mutex_);
    next_ = next;
    if (!stopping_) {
      employed = lanes_.Employ(now);
    }
  }
  for (const std::string& name : employed) {
    if (!parts_.executor.Submit([this, name] { Work(name); }).ok()) {
      Leave(name);
    }
  }
  return absl::OkStatus();
}

milliseconds Sending::Rest() {
  const std::lock_guard lock(mutex_);
  return next_.has_value()
             ? std::clamp(std::chrono::ceil<milliseconds>(*next_ - parts_.clock.Now()), kRestMin,
                          kRestMax)
             : kRestMax;
}

void Sending::Work(const std::string& name) {
  std::optional<SendingJob> job;
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      job = lanes_.Next(name);
    }
  }
  const bool goes_on = job.has_value() && Attempt(*std::move(job));
  // Others have their turn before the next one.
  if (goes_on && parts_.executor.Submit([this, name] { Work(name); }).ok()) {
    return;
  }
  Leave(name);
}

void Sending::Leave(const std::string& name) {
  const std::lock_guard lock(mutex_);
  lanes_.Leave(name);
  idle_.notify_all();
}

bool Sending::Attempt(SendingJob job) {
  for (int i = 0;; ++i) {
    const std::optional<ports::Lease> lease = parts_.leases.Held(DueLoop::kJob);
    Done done;
    const bool goes_on = lease.has_value() && !stopping();
    if (goes_on) {
      done = job.is_push ? AttemptPush(job.due, *lease) : AttemptDelivery(job.due, *lease);
    }
    if (!done.status.ok()) {
      spdlog::warn("event=delivery_not_noted program={} cause=\"{}\"", job.due.program,
                   std::string(done.status.message()));
    }
    const std::lock_guard lock(mutex_);
    const Time now = parts_.clock.Now();
    lanes_.End(job, done.waited, now);
    if (!done.status.ok()) {
      lanes_.Rest(job.due, now + kRestAfterFailure);
    }
    if (!goes_on) {
      return false;
    }
    // Another worker may have the next one already. Otherwise it comes by the next run.
    if (!done.next.has_value() || i + 1 >= kOfOneSubjectMax || lanes_.IsSlow(job.receiver) ||
        !lanes_.Claim(*done.next)) {
      return true;
    }
    job.due = *std::move(done.next);
  }
}

std::optional<AttemptOutcome> Sending::Send(const ports::OutgoingPost& post, Done& done) {
  const Time start = parts_.clock.Now();
  const ports::OutgoingAnswer answer = parts_.outgoing.Post(post);
  if (answer.was_stopped) {
    return std::nullopt;
  }
  const Time now = parts_.clock.Now();
  done.waited = now - start;
  return AttemptOutcome{now, answer.failure, answer.status, RetryAfter(answer.retry_after, now)};
}

template <class Note>
absl::Status Sending::Write(const std::string& program, const ports::Lease& lease, Note note) {
  ports::Unit unit;
  unit.program = program;
  unit.now = parts_.clock.Now();
  unit.lease = lease;
  unit.background = true;
  unit.in_closed = true;
  unit.by.kind = domain::PrincipalKind::kJob;
  unit.decide = [note](ports::StoreReader& reader,
                       const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    ports::Decision decision;
    PERIGEE_ASSIGN_OR_RETURN(decision.changes, note(reader, context));
    return decision;
  };
  return use_cases::WriteAndWait(parts_.store, std::move(unit)).status();
}

Sending::Done Sending::AttemptDelivery(const ports::Due& due, const ports::Lease& lease) {
  const std::optional<Delivery> key = KeyOf<Delivery>(due);
  Done done;
  std::optional<use_cases::PreparedDelivery> prepared;
  done.status = parts_.store.Read([&](ports::StoreReader& reader) -> absl::Status {
    if (!key.has_value()) {
      return Error(Reason::kInternal, "the key of a due thing cannot be read");
    }
    PERIGEE_ASSIGN_OR_RETURN(
        prepared, use_cases::PrepareDelivery(reader, due.program, *key, parts_.clock.Now()));
    return absl::OkStatus();
  });
  if (!done.status.ok() || !prepared.has_value()) {
    return done;
  }
  std::optional<AttemptOutcome> outcome;
  if (prepared->post.has_value()) {
    outcome = Send(*prepared->post, done);
    if (!outcome.has_value()) {
      return done;
    }
  }
  const Delivery& tried = prepared->delivery;
  done.status = Write(due.program, lease,
                      [program = due.program, tried, outcome](auto& reader, const auto& context) {
                        return use_cases::NoteAttempt(reader, context, program, tried, outcome);
                      });
  if (!done.status.ok()) {
    return done;
  }
  std::string_view word = "dropped";
  if (outcome.has_value()) {
    Delivery after = tried;
    domain::WebhookProgress progress;
    if (!outcome->arrived()) {
      domain::NoteFailure(after, progress, *outcome);
    }
    word = outcome->arrived()                            ? "arrived"
           : after.state == domain::DeliveryState::kDead ? "dead"
                                                         : "failed";
  }
  parts_.telemetry.Delivered(kWebhooks, word, parts_.clock.Now() - tried.create_time);
  std::optional<Delivery> next;
  const absl::Status status = parts_.store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(
        next, use_cases::FirstWaiting(reader, due.program, tried.webhook, tried.subject, nullptr));
    return absl::OkStatus();
  });
  if (status.ok() && next.has_value() && next->due_time.has_value() &&
      *next->due_time <= parts_.clock.Now()) {
    done.next = DueOf(due.program, *next);
  }
  return done;
}

Sending::Done Sending::AttemptPush(const ports::Due& due, const ports::Lease& lease) {
  const std::optional<PushDelivery> key = KeyOf<PushDelivery>(due);
  Done done;
  std::optional<use_cases::PreparedPush> prepared;
  done.status = parts_.store.Read([&](ports::StoreReader& reader) -> absl::Status {
    if (!key.has_value()) {
      return Error(Reason::kInternal, "the key of a due thing cannot be read");
    }
    const Time now = parts_.clock.Now();
    PERIGEE_ASSIGN_OR_RETURN(prepared,
                             use_cases::PreparePush(reader, due.program, *key, parts_.vapid, now));
    // What it tells of may have been withdrawn while it waited.
    if (prepared.has_value() && prepared->post.has_value()) {
      PERIGEE_ASSIGN_OR_RETURN(const bool is_news,
                               use_cases::IsStillNews(reader, due.program, prepared->push, now));
      if (!is_news) {
        prepared->post.reset();
      }
    }
    return absl::OkStatus();
  });
  if (!done.status.ok() || !prepared.has_value()) {
    return done;
  }
  std::optional<AttemptOutcome> outcome;
  if (prepared->post.has_value()) {
    outcome = Send(*prepared->post, done);
    if (!outcome.has_value()) {
      return done;
    }
  }
  const PushDelivery& tried = prepared->push;
  done.status = Write(due.program, lease,
                      [program = due.program, tried, outcome](auto& reader, const auto& context) {
                        return use_cases::NotePush(reader, context, program, tried, outcome);
                      });
  if (!done.status.ok()) {
    return done;
  }
  std::string_view word = "dropped";
  if (outcome.has_value()) {
    PushDelivery after = tried;
    word = outcome->arrived()                     ? "arrived"
           : domain::IsGone(*outcome)             ? "gone"
           : domain::NoteFailure(after, *outcome) ? "failed"
                                                  : "dead";
  }
  parts_.telemetry.Delivered(kPushes, word, parts_.clock.Now() - tried.create_time);
  return done;
}

void Sending::Stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  lock.unlock();
  parts_.outgoing.Stop();
  lock.lock();
  idle_.wait(lock, [this] { return lanes_.workers() == 0; });
}

}  // namespace perigee::jobs
