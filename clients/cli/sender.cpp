#include "clients/cli/sender.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "clients/cli/failure.h"
#include "perigee/v1/activity.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

// Several open calls let the server commit them together.
constexpr int kMemberThreads = 16;
constexpr std::size_t kMembersWaitingMax = 256;
constexpr int kActivitiesPerMessage = 500;
// A part is small enough to send again, and large enough that waiting for its answer costs little.
constexpr std::int64_t kActivitiesPerPart = 2'000;
constexpr std::chrono::minutes kPartTimeout{10};

}  // namespace

std::int64_t Tally::Refused() const {
  std::int64_t sum = 0;
  for (const auto& [reason, count] : refused) {
    sum += count;
  }
  return sum;
}

void Tally::Add(const Tally& other) {
  recorded += other.recorded;
  replayed += other.replayed;
  for (const auto& [reason, count] : other.refused) {
    refused[reason] += count;
  }
  if (first_refusal.empty()) {
    first_refusal = other.first_refusal;
  }
}

MemberSender::MemberSender(Session& session) : session_(session) {
  for (int i = 0; i < kMemberThreads; ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

MemberSender::~MemberSender() { Finish().IgnoreError(); }

void MemberSender::Send(v1::CreateMemberRequest request) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.size() < kMembersWaitingMax || !failure_.ok(); });
  if (failure_.ok()) {
    waiting_.push_back(std::move(request));
    changed_.notify_all();
  }
}

absl::Status MemberSender::Finish() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
  return failure_;
}

void MemberSender::Work() {
  for (;;) {
    v1::CreateMemberRequest request;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return ending_ || !waiting_.empty() || !failure_.ok(); });
      if (waiting_.empty() || !failure_.ok()) {
        return;
      }
      request = std::move(waiting_.front());
      waiting_.pop_front();
    }
    changed_.notify_all();
    bool replayed = false;
    const auto answer = session_.Ask(Door::kInternal, &v1::MemberAdminService::Stub::CreateMember,
                                     request, &replayed);
    Settle(answer.status(), replayed, request.member_id());
  }
}

void MemberSender::Settle(const absl::Status& status, bool replayed, const std::string& member_id) {
  const std::string reason = ReasonIn(status);
  const std::lock_guard lock(mutex_);
  if (status.ok()) {
    ++(replayed ? tally_.replayed : tally_.recorded);
  } else if (reason == "ALREADY_EXISTS" || reason == "REQUEST_ID_REUSED" ||
             reason == "REQUEST_ANSWER_ERASED") {
    // The member exists already, or was erased: an earlier run made it, or somebody changed it
    // since.
    ++tally_.replayed;
  } else if (reason == "INVALID_FIELD") {
    ++tally_.refused[reason];
    if (tally_.first_refusal.empty()) {
      tally_.first_refusal = member_id + ": " + std::string(status.message());
    }
  } else if (failure_.ok()) {
    failure_ = status;
    changed_.notify_all();
  }
}

ActivitySender::ActivitySender(Session& session, std::string program_name)
    : session_(session), program_name_(std::move(program_name)) {}

absl::Status ActivitySender::Send(v1::Activity activity) {
  if (part_.empty() || part_.back().activities_size() == kActivitiesPerMessage) {
    part_.emplace_back().set_parent(program_name_);
  }
  *part_.back().add_activities() = std::move(activity);
  return ++in_part_ == kActivitiesPerPart ? Flush() : absl::OkStatus();
}

absl::Status ActivitySender::Finish() { return in_part_ == 0 ? absl::OkStatus() : Flush(); }

absl::Status ActivitySender::Flush() {
  PERIGEE_ASSIGN_OR_RETURN(const auto channel, session_.Channel(Door::kInternal));
  v1::ActivityAdminService::Stub stub(channel);
  v1::RecordActivitiesResponse response;
  PERIGEE_RETURN_IF_ERROR(session_.Retry([&](grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + kPartTimeout);
    response.Clear();
    auto stream = stub.RecordActivities(&context, &response);
    for (const v1::RecordActivitiesRequest& message : part_) {
      if (!stream->Write(message)) {
        break;
      }
    }
    stream->WritesDone();
    return stream->Finish();
  }));
  Tally part{response.recorded(), response.replayed(), {}, ""};
  for (const auto& refusal : response.refusals()) {
    ++part.refused[refusal.reason()];
    if (part.first_refusal.empty()) {
      part.first_refusal = refusal.source_event_id() + ": " + refusal.message();
    }
  }
  if (const std::int64_t unnamed = response.refused() - response.refusals_size(); unnamed > 0) {
    part.refused["beyond the first 100 of a part"] += unnamed;
  }
  tally_.Add(part);
  revision_ = std::max(revision_, response.revision());
  part_.clear();
  in_part_ = 0;
  return absl::OkStatus();
}

}  // namespace perigee::cli
