#include "server/services/activity/activity_stream.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/clock.h"
#include "server/services/activity/activity_convert.h"
#include "server/services/convert.h"

namespace perigee::services {
namespace {

constexpr int kActivitiesPerMessageMax = 1000;
constexpr std::size_t kInHandMax = 2000;
constexpr std::size_t kRefusalsListedMax = 100;
constexpr std::chrono::milliseconds kRoomWait{10};
constexpr std::chrono::seconds kFirstMessage{10};

// Whether the failure concerns only this activity, so that the stream may go on.
bool ConcernsOneActivity(const absl::Status& status, const std::string& program) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
      return true;
    case absl::StatusCode::kNotFound:
      return MetadataOf(status)["resource_name"] != ProgramName(program);
    default:
      return false;
  }
}

}  // namespace

ActivityStream::ActivityStream(ActivityStreams& all, Call& call, const RunningCall& running,
                               grpc::ByteBuffer* answer)
    : all_(all), call_(call), answer_(answer), running_(running) {}

ActivityStream* ActivityStream::Start(ActivityStreams& all, Call& call, const RunningCall& running,
                                      grpc::ByteBuffer* answer) {
  const std::shared_ptr<ActivityStream> stream(new ActivityStream(all, call, running, answer));
  const bool goes_on = all.Add(stream);
  stream->StartRead(&stream->message_);
  if (!goes_on) {
    stream->Stop();
  }
  return stream.get();
}

void ActivityStream::Stop() {
  Lock lock(mutex_);
  if (stop_.ok()) {
    stop_ = ShuttingDown();
  }
  GoOn(lock);
}

void ActivityStream::Recheck() {
  Lock lock(mutex_);
  if (finished_ || !stop_.ok()) {
    return;
  }
  const absl::Status holds = running_.StillHolds(call_.clock().Now());
  const bool begins = call_.clock().Now() - running_.now < kFirstMessage;
  if (!IsWouldBlock(holds)) {
    stop_ = holds;
    drops_ = !holds.ok();
    GoOn(lock);
  } else if (program_.empty() && !begins) {
    stop_ = Error(Reason::kDeadlinePassed, "no message came within ten seconds");
    GoOn(lock);
  } else if (!program_.empty()) {
    // Refused for now, the next message asks again.
    static_cast<void>(
        call_.executor().Submit([self = shared_from_this()] { self->Authorise(false); }));
  }
}

void ActivityStream::OnReadDone(bool ok) {
  Lock lock(mutex_);
  if (!ok) {
    read_all_ = true;
  } else if (failure_.ok() && stop_.ok()) {
    running_.CountMessage();
    const absl::Status allowed = running_.StillHolds(call_.clock().Now());
    if (IsWouldBlock(allowed)) {
      AuthoriseSoon();
      return;
    }
    TakeIf(lock, allowed);
  }
  reading_ = false;
  GoOn(lock);
}

void ActivityStream::TakeIf(Lock&, const absl::Status& allowed) {
  if (!allowed.ok()) {
    stop_ = allowed;
    drops_ = true;
    return;
  }
  failure_ = running_.Admit();
  if (failure_.ok()) {
    stop_ = Take(message_);
  }
}

void ActivityStream::AuthoriseSoon() {
  const auto authorise = [self = shared_from_this()] { self->Authorise(true); };
  if (!call_.executor().Submit(authorise).ok()) {
    call_.executor().After(kRoomWait, authorise);
  }
}

void ActivityStream::Authorise(bool of_message) {
  std::optional<RunningCall> call;
  v1::RecordActivitiesRequest message;
  absl::Status allowed;
  {
    const Lock lock(mutex_);
    if (finished_) {
      return;
    }
    call = running_;
    if (of_message) {
      allowed = ParseBytes(message_, message);
    }
    if (message.parent().empty() && !program_.empty()) {
      message.set_parent(ProgramName(program_));
    }
  }
  if (allowed.ok()) {
    allowed = call->Authorise(message, call_.clock().Now(), false);
  }
  Lock lock(mutex_);
  if (!finished_ && failure_.ok() && stop_.ok()) {
    running_.caller = call->caller;
    // What is only refused for now is asked again by the next message.
    const bool may_pass = absl::IsUnavailable(allowed) || absl::IsResourceExhausted(allowed);
    if (of_message || !(allowed.ok() || may_pass)) {
      TakeIf(lock, allowed);
    }
  }
  if (of_message) {
    reading_ = false;
  }
  GoOn(lock);
}

void ActivityStream::OnCancel() {
  Lock lock(mutex_);
  if (failure_.ok()) {
    failure_ = absl::CancelledError("the caller went away");
  }
  GoOn(lock);
}

void ActivityStream::OnDone() { all_.Remove(shared_from_this()); }

absl::Status ActivityStream::Take(const grpc::ByteBuffer& bytes) {
  v1::RecordActivitiesRequest message;
  PERIGEE_RETURN_IF_ERROR(ParseBytes(bytes, message));
  if (program_.empty() || !message.parent().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<std::string> parts,
                             ParseName("parent", message.parent(), kProgramPattern));
    if (!program_.empty() && parts[0] != program_) {
      return InvalidField("parent", "must be the same in all messages of a stream");
    }
    program_ = std::move(parts[0]);
  }
  if (message.activities_size() > kActivitiesPerMessageMax) {
    return InvalidField("activities", "must be at most 1000");
  }
  for (const v1::Activity& activity : message.activities()) {
    const std::int64_t index = next_index_++;
    absl::StatusOr<use_cases::ActivityDraft> draft = ParseActivity(program_, activity);
    if (draft.ok()) {
      pending_[index] =
          std::make_shared<const Item>(Item{index, *std::move(draft), running_.caller.by});
    } else {
      Refuse(index, activity.source_event_id(), draft.status());
    }
  }
  ++messages_;
  return absl::OkStatus();
}

absl::Status ActivityStream::MayRecord() {
  const Lock lock(mutex_);
  const absl::Status holds = running_.StillHolds(call_.clock().Now());
  return IsWouldBlock(holds) ? Overloaded("the caller's access must be asked again", kRoomWait)
                             : holds;
}

void ActivityStream::Submit(const ItemPtr& item) {
  ports::Unit unit;
  unit.program = program_;
  unit.by = item->by;
  unit.method = RpcOf(*running_.method);
  unit.admit = [self = shared_from_this()] { return self->MayRecord(); };
  unit.now = call_.clock().Now();
  unit.background = true;
  unit.decide = [program = program_, item](
                    ports::StoreReader& reader,
                    const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    PERIGEE_ASSIGN_OR_RETURN(use_cases::RecordedActivity recorded,
                             use_cases::RecordActivity(reader, context, program, item->draft));
    return ports::Decision{std::move(recorded.changes), {}, recorded.made_at};
  };
  unit.lookups = use_cases::LookupsOf(item->draft);
  call_.store().Write(std::move(unit), [self = shared_from_this(),
                                        item](const absl::StatusOr<ports::Outcome>& outcome) {
    self->TakeOutcome(item, outcome);
  });
}

void ActivityStream::TakeOutcome(const ItemPtr& item,
                                 const absl::StatusOr<ports::Outcome>& outcome) {
  Lock lock(mutex_);
  --in_flight_;
  if (outcome.ok()) {
    if (outcome->replayed) {
      response_.set_replayed(response_.replayed() + 1);
    } else {
      response_.set_recorded(response_.recorded() + 1);
    }
    response_.set_revision(std::max(response_.revision(), outcome->revision));
  } else if (ReasonOf(outcome.status()) == Reason::kOverloaded) {
    pending_[item->index] = item;
    WaitForRoom();
  } else if (ConcernsOneActivity(outcome.status(), program_)) {
    Refuse(item->index, item->draft.activity.source_event_id, outcome.status());
  } else if (failure_.ok()) {
    failure_ = outcome.status();
  }
  GoOn(lock);
}

void ActivityStream::Refuse(std::int64_t index, const std::string& source_event_id,
                            const absl::Status& status) {
  response_.set_refused(response_.refused() + 1);
  v1::RecordActivitiesResponse::Refusal& refusal = refusals_[index];
  refusal.set_index(index);
  refusal.set_source_event_id(source_event_id);
  refusal.set_reason(std::string(ReasonName(ReasonOf(status).value_or(Reason::kInternal))));
  refusal.set_message(std::string(status.message()));
  if (refusals_.size() > kRefusalsListedMax) {
    refusals_.erase(std::prev(refusals_.end()));
  }
}

void ActivityStream::WaitForRoom() {
  if (waiting_for_room_) {
    return;
  }
  waiting_for_room_ = true;
  call_.executor().After(kRoomWait, [self = shared_from_this()] {
    Lock lock(self->mutex_);
    self->waiting_for_room_ = false;
    self->GoOn(lock);
  });
}

void ActivityStream::HandOn(Lock& lock) {
  // Only one thread hands on at a time, so that activities reach the store in the order sent.
  if (handing_on_) {
    return;
  }
  handing_on_ = true;
  while (failure_.ok() && !drops_ && !waiting_for_room_ && !pending_.empty()) {
    if (IsWouldBlock(running_.StillHolds(call_.clock().Now()))) {
      WaitForRoom();
      static_cast<void>(
          call_.executor().Submit([self = shared_from_this()] { self->Authorise(false); }));
      break;
    }
    const ItemPtr item = pending_.extract(pending_.begin()).mapped();
    ++in_flight_;
    lock.unlock();
    Submit(item);
    lock.lock();
  }
  handing_on_ = false;
}

absl::Status ActivityStream::Conclude() {
  PERIGEE_RETURN_IF_ERROR(failure_);
  if (stop_.ok()) {
    for (auto& [index, refusal] : refusals_) {
      *response_.add_refusals() = std::move(refusal);
    }
    *answer_ = ToBytes(response_);
    return absl::OkStatus();
  }
  ErrorMetadata metadata = MetadataOf(stop_);
  metadata["messages"] = std::to_string(messages_);
  metadata["recorded"] = std::to_string(response_.recorded());
  metadata["replayed"] = std::to_string(response_.replayed());
  metadata["refused"] = std::to_string(response_.refused());
  return Error(ReasonOf(stop_).value_or(Reason::kInternal),
               absl::StrCat(std::string(stop_.message()), "; of the ", metadata["messages"],
                            " messages before that, ", metadata["recorded"],
                            " activities are recorded, ", metadata["replayed"],
                            " were recorded before, and ", metadata["refused"], " are refused"),
               metadata);
}

// gRPC never runs a reaction inside StartRead or Finish, so both may be called under the lock.
void ActivityStream::GoOn(Lock& lock) {
  HandOn(lock);
  if (handing_on_ || finished_) {
    return;
  }
  if (!failure_.ok() || drops_) {
    pending_.clear();
  }
  const bool take_no_more = read_all_ || !failure_.ok() || !stop_.ok();
  const std::size_t in_hand = pending_.size() + in_flight_;
  if (in_hand == 0 && take_no_more) {
    finished_ = true;
    Finish(running_.End(Conclude()));
  } else if (!reading_ && !take_no_more && in_hand + kActivitiesPerMessageMax <= kInHandMax) {
    reading_ = true;
    StartRead(&message_);
  }
}

}  // namespace perigee::services
