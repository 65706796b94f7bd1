#include "server/services/journal/audit_watch.h"

#include <chrono>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/clock.h"
#include "server/ports/journal/journal_feed.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/store.h"
#include "server/services/lookup.h"

namespace perigee::services {
namespace {

constexpr int kAtOnce = 100;
// So that a programme with many writes does not keep the store busy for its watchers.
constexpr std::chrono::milliseconds kBetweenLooks{20};

}  // namespace

AuditWatches::AuditWatches(Call& call)
    : call_(call),
      listening_(call.store().feed().Listen(
          [this](const std::string& program, domain::Revision) { Wake(program); })) {}

grpc::ServerWriteReactor<grpc::ByteBuffer>* AuditWatches::Start(
    const RunningCall& running, const v1::WatchAuditEntriesRequest& request) {
  const auto watch = std::make_shared<AuditWatch>(*this, running, request);
  if (open_.Add(watch)) {
    watch->Open();
  } else {
    watch->Stop();
  }
  return watch.get();
}

void AuditWatches::Join(const std::string& program, const std::shared_ptr<AuditWatch>& watch) {
  const std::lock_guard lock(mutex_);
  by_program_[program].insert(watch);
}

void AuditWatches::Remove(const std::string& program, const std::shared_ptr<AuditWatch>& watch) {
  open_.Remove(watch);
  const std::lock_guard lock(mutex_);
  if (const auto found = by_program_.find(program); found != by_program_.end()) {
    found->second.erase(watch);
    if (found->second.empty()) {
      by_program_.erase(found);
    }
  }
}

void AuditWatches::Wake(const std::string& program) {
  std::set<std::shared_ptr<AuditWatch>> watches;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_program_.find(program); found != by_program_.end()) {
      watches = found->second;
    }
  }
  for (const std::shared_ptr<AuditWatch>& watch : watches) {
    watch->LookAgain();
  }
}

AuditWatch::AuditWatch(AuditWatches& all, const RunningCall& running,
                       const v1::WatchAuditEntriesRequest& request)
    : WatchStream(all.call_, running, std::make_unique<v1::WatchAuditEntriesRequest>(request)),
      all_(all),
      asked_(request) {}

void AuditWatch::Open() {
  const auto parts = ParseName("parent", asked_.parent(), kProgramPattern);
  if (!parts.ok()) {
    End(parts.status());
    return;
  }
  if (asked_.after_revision() < 0) {
    End(InvalidField("after_revision", "must not be negative"));
    return;
  }
  program_ = parts->front();
  // Before the first look, so that no entry is missed.
  all_.Join(program_, std::static_pointer_cast<AuditWatch>(shared_from_this()));
  Begin();
}

void AuditWatch::OnDone() {
  all_.Remove(program_, std::static_pointer_cast<AuditWatch>(shared_from_this()));
}

absl::StatusOr<AuditWatch::Batch> AuditWatch::ReadOn(ports::StoreReader& reader) const {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program_).status());
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision head, reader.journal().Head(program_));
  Batch batch;
  batch.position = position_;
  if (query_.has_value()) {
    batch.query = *query_;
  } else {
    PERIGEE_ASSIGN_OR_RETURN(batch.query, ParseFilter(reader, program_, asked_.filter()));
    batch.position = asked_.has_after_revision() ? asked_.after_revision() : head;
  }
  if (batch.position > head) {
    return Error(Reason::kCursorOutOfRange,
                 "programme " + program_ + " has no revision " + std::to_string(batch.position),
                 {{"resource_name", ProgramName(program_)}});
  }
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::JournalEntry> entries,
                           reader.journal().Read(program_, batch.position, kAtOnce));
  batch.full = entries.size() == static_cast<std::size_t>(kAtOnce);
  if (!entries.empty()) {
    batch.position = entries.back().revision;
  }
  std::erase_if(entries, [&](const auto& entry) { return !batch.query.Matches(entry); });
  PERIGEE_ASSIGN_OR_RETURN(batch.entries, ToProto(reader, program_, entries, {}));
  return batch;
}

absl::Status AuditWatch::Look() {
  {
    Lock lock(mutex_);
    if (!read_.empty()) {
      return Admit(lock);
    }
  }
  PERIGEE_RETURN_IF_ERROR(RecordRead());
  PERIGEE_ASSIGN_OR_RETURN(Batch batch, ReadFrom(call_.store(), [&](ports::StoreReader& reader) {
                             return ReadOn(reader);
                           }));
  Lock lock(mutex_);
  PERIGEE_RETURN_IF_ERROR(Admit(lock));
  query_ = std::move(batch.query);
  position_ = batch.position;
  more_ = batch.full;
  for (v1::AuditEntry& entry : batch.entries) {
    read_.push_back(std::move(entry));
  }
  look_due_ |= more_ && read_.empty();
  return absl::OkStatus();
}

std::optional<grpc::ByteBuffer> AuditWatch::Next(Lock& lock) {
  if (read_.empty()) {
    const bool first = query_.has_value() && !std::exchange(started_, true);
    return first ? std::optional(Heartbeat(lock)) : std::nullopt;
  }
  started_ = true;
  v1::WatchAuditEntriesResponse message;
  message.set_revision(read_.front().revision());
  *message.mutable_audit_entry() = std::move(read_.front());
  read_.pop_front();
  look_due_ |= more_ && read_.empty();
  return ToBytes(message);
}

grpc::ByteBuffer AuditWatch::Heartbeat(Lock&) {
  v1::WatchAuditEntriesResponse message;
  message.set_revision(position_);
  message.set_heartbeat(true);
  return ToBytes(message);
}

void AuditWatch::WhenReady(Lock&, const std::function<void()>& look) {
  if (more_) {
    look();
  } else {
    call_.executor().After(kBetweenLooks, look);
  }
}

}  // namespace perigee::services
