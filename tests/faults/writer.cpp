#include "tests/faults/writer.h"

#include <utility>

#include <google/protobuf/util/time_util.h>

#include "absl/strings/str_cat.h"
#include "clients/load/community.h"
#include "tests/faults/programme.h"
#include "tests/support/paced_reads.h"

namespace perigee::tests {
namespace {

using google::protobuf::util::TimeUtil;

constexpr std::chrono::milliseconds kDeadline{3000};
constexpr std::size_t kOwnMax = 64;
constexpr int kChampionsOfHundred = 45;
constexpr std::int64_t kHoldSeconds = 300 * kDaySeconds;

}  // namespace

Writer::Writer(Doors& doors, int number, std::uint64_t seed)
    : doors_(doors),
      number_(number),
      random_(seed + static_cast<std::uint64_t>(number)),
      champions_(number, random_) {}

void Writer::Run(const std::atomic<bool>& going_on, std::chrono::milliseconds pace) {
  while (going_on) {
    const SteadyTime next = std::chrono::steady_clock::now() + pace;
    Run(Make());
    Learn(writes_.back());
    Await(next);
  }
}

void Writer::Run(WriteRequest request) {
  Write& write = writes_.emplace_back();
  write.request = std::move(request);
  Finish(write);
}

void Writer::Finish(Write& write) {
  while (true) {
    // After a failure the client tries the next server, if there is one.
    const DoorChannels doors =
        doors_.Pick(static_cast<std::size_t>(number_) + static_cast<std::size_t>(write.tries));
    ++write.tries;
    write.answer = Send(doors, write.request, kDeadline);
    const grpc::Status& status = write.answer.status;
    if (status.ok()) {
      write.state = Write::State::kAcknowledged;
      answered_.push_back(std::chrono::steady_clock::now());
      ++tally_.acknowledged;
      ++tally_.by_kind[KindOf(write.request)].first;
      tally_.replayed += write.answer.replayed ? 1 : 0;
      return;
    }
    if (!MayBeRetried(status)) {
      write.state = Write::State::kRefused;
      ++tally_.refused;
      ++tally_.by_kind[KindOf(write.request)].second;
      return;
    }
    if (status.error_details().empty()) {
      ++tally_.broken;
    } else {
      ++tally_.unavailable;
      tally_.unadvised += HasRetryAdvice(status) ? 0 : 1;
    }
    doors_.AwaitRetry();
  }
}

void Writer::Learn(const Write& write) {
  if (write.state != Write::State::kAcknowledged) {
    return;
  }
  if (const auto* const books = std::get_if<BooksRequest>(&write.request)) {
    Learn(*books, write.answer.revision);
  } else {
    champions_.Learn(write);
  }
}

// Remembers the transfers that this client may resolve or reverse later.
void Writer::Learn(const BooksRequest& request, std::int64_t revision) {
  const auto* const post = std::get_if<v1::PostTransfersRequest>(&request);
  for (int i = 0; post != nullptr && i < post->transfers_size(); ++i) {
    std::vector<Own>& own = post->transfers(i).has_expire_time() ? pending_ : posted_;
    if (own.size() < kOwnMax && post->transfers(i).amount() > 0) {
      own.push_back({absl::StrCat(revision, "-", i), post->transfers(i).amount()});
    }
  }
  const auto* const record = std::get_if<v1::RecordActivityRequest>(&request);
  if (record != nullptr && record->activity().type() == "kudos" && posted_.size() < kOwnMax) {
    posted_.push_back({absl::StrCat(revision, "-0"), kKudosGrant * record->activity().quantity()});
  }
}

WriteRequest Writer::Make() {
  if (Random(1, 100) <= kChampionsOfHundred) {
    return champions_.Make(NextRequestId());
  }
  const std::int64_t dice = Random(1, 100);
  if (dice <= 25) {
    return Transfers();
  }
  if (dice <= 40 && !pending_.empty()) {
    return Resolve();
  }
  if (dice <= 50 && !posted_.empty()) {
    return Reverse();
  }
  return dice <= 95 ? Activity() : MemberUpdate();
}

BooksRequest Writer::Transfers() {
  v1::PostTransfersRequest request;
  request.set_parent(kFaultProgram);
  for (std::int64_t legs = Random(1, 4); legs > 0; --legs) {
    const int from = static_cast<int>(Random(0, kFaultMembers - 1));
    const int to = static_cast<int>((from + Random(1, kFaultMembers - 1)) % kFaultMembers);
    const std::int64_t kind = Random(1, 4);
    v1::Transfer& leg = *request.add_transfers();
    leg.set_debit_account(kind == 1 ? FaultOwnAccount("points", "issued")
                                    : FaultAccount(from, "points"));
    leg.set_credit_account(kind == 2 ? FaultOwnAccount("points", "spent")
                                     : FaultAccount(to, "points"));
    leg.set_amount(Random(1, 100));
    if (kind == 4) {
      *leg.mutable_expire_time() = TimeUtil::SecondsToTimestamp(
          TimeUtil::TimestampToSeconds(TimeUtil::GetCurrentTime()) + kHoldSeconds);
    }
  }
  request.set_request_id(NextRequestId());
  return request;
}

BooksRequest Writer::Resolve() {
  const Own own = pending_.front();
  pending_.erase(pending_.begin());
  if (Random(1, 3) == 1) {
    v1::VoidTransferRequest request;
    request.set_name(FaultTransfer(own.name));
    request.set_request_id(NextRequestId());
    return request;
  }
  v1::CaptureTransferRequest request;
  request.set_name(FaultTransfer(own.name));
  request.set_amount(Random(0, own.amount));
  request.set_request_id(NextRequestId());
  return request;
}

BooksRequest Writer::Reverse() {
  Own& own = posted_.front();
  v1::ReverseTransferRequest request;
  request.set_name(FaultTransfer(own.name));
  request.set_amount(Random(1, own.amount));
  request.set_request_id(NextRequestId());
  own.amount -= request.amount();
  if (own.amount == 0) {
    posted_.erase(posted_.begin());
  }
  return request;
}

BooksRequest Writer::Activity() {
  const std::int64_t dice = Random(1, 10);
  const int actor = static_cast<int>(Random(0, kFaultMembers - 1));
  v1::RecordActivityRequest request;
  request.set_parent(kFaultProgram);
  v1::Activity& activity = *request.mutable_activity();
  activity.set_type(dice <= 5 ? "answer" : dice <= 9 ? "kudos" : "lapse");
  activity.set_actor(FaultMember(actor));
  activity.set_recipient(
      FaultMember(static_cast<int>((actor + Random(1, kFaultMembers - 1)) % kFaultMembers)));
  activity.set_quantity(Random(1, 5));
  activity.set_source(absl::StrCat("client-", number_));
  activity.set_source_event_id(absl::StrCat(writes_.size()));
  activity.mutable_occur_time()->set_seconds(kFirstDaySeconds + Random(0, kDays * kDaySeconds - 1));
  return request;
}

BooksRequest Writer::MemberUpdate() {
  v1::UpdateMemberRequest request;
  const int member = static_cast<int>(Random(0, kFaultMembers - 1));
  request.mutable_member()->set_name(FaultMember(member));
  request.mutable_member()->set_display_name(
      absl::StrCat(FaultMemberId(member), " of ", number_, "-", writes_.size()));
  request.mutable_member()->set_board_opt_out(Random(1, 5) == 1);
  request.mutable_update_mask()->add_paths("display_name");
  request.mutable_update_mask()->add_paths("board_opt_out");
  request.set_request_id(NextRequestId());
  return request;
}

std::int64_t Writer::Random(std::int64_t least, std::int64_t most) {
  return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
}

std::string Writer::NextRequestId() {
  return load::RequestId(static_cast<std::uint64_t>(number_), writes_.size());
}

}  // namespace perigee::tests
