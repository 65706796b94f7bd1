#include "clients/load/target.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "clients/cli/failure.h"
#include "clients/load/community.h"
#include "perigee/v1/activity.pb.h"
#include "perigee/v1/board.grpc.pb.h"
#include "perigee/v1/capital.pb.h"
#include "server/core/status_macros.h"

namespace perigee::load {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr int kWholePage = 1000;
// These members are so near the top that nobody overtakes them during a run.
constexpr std::uint64_t kTop = 5;

template <class Request, class Response>
absl::Status Ask(v1::BoardService::Stub& stub,
                 grpc::Status (v1::BoardService::Stub::*method)(grpc::ClientContext*,
                                                                const Request&, Response*),
                 const Request& request, Response& response) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  return cli::FromGrpc((stub.*method)(&context, request, &response));
}

Call PublicCall(const Target& target, std::string name, std::string method) {
  Call call;
  call.name = std::move(name);
  call.channels = Connect(target.public_address, target.channels, target.connection);
  call.method = "/perigee.v1." + std::move(method);
  return call;
}

Call InternalCall(const Target& target, std::string name, std::string method) {
  Call call = PublicCall(target, std::move(name), std::move(method));
  call.channels = Connect(target.internal_address, target.channels, target.connection);
  return call;
}

std::string AccountOf(const Target& target, const std::string& member) {
  return absl::StrCat(member, "/accounts/", target.asset.substr(target.asset.rfind('/') + 1));
}

v1::Activity MakeActivity(const Target& target, std::uint32_t run, std::uint64_t n) {
  v1::Activity activity;
  activity.set_type("work");
  activity.set_actor(target.Member(n));
  activity.set_source("perigee-load");
  activity.set_source_event_id(RequestId(run, n));
  return activity;
}

}  // namespace

const std::string& Target::Member(std::uint64_t n) const {
  return members[n * 104729 % members.size()];
}

absl::Status Explore(Target& target) {
  v1::BoardService::Stub stub(Connect(target.public_address, 1, target.connection).front());
  v1::GetBoardRequest get;
  get.set_name(target.board);
  v1::Board board;
  PERIGEE_RETURN_IF_ERROR(Ask(stub, &v1::BoardService::Stub::GetBoard, get, board));
  target.asset = absl::StrCat(target.program, "/assets/", board.asset());
  v1::ListEntriesRequest list;
  list.set_parent(target.Period());
  list.set_page_size(kWholePage);
  do {
    v1::ListEntriesResponse page;
    PERIGEE_RETURN_IF_ERROR(Ask(stub, &v1::BoardService::Stub::ListEntries, list, page));
    for (const v1::Entry& entry : page.entries()) {
      target.members.push_back(entry.member());
    }
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  if (target.members.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("nobody stands on ", target.Period(),
                     ", so there is nobody to load; `perigee-load fill` makes a community"));
  }
  return absl::OkStatus();
}

Call PageCall(const Target& target) {
  Call call = PublicCall(target, "page", "BoardService/ListEntries");
  v1::ListEntriesRequest request;
  request.set_parent(target.Period());
  request.set_page_size(target.page_size);
  call.request = [bytes = ToBytes(request)](std::uint64_t /*n*/) { return bytes; };
  return call;
}

Call AroundCall(const Target& target) {
  Call call = PublicCall(target, "around", "BoardService/ListEntriesAround");
  call.request = [&target](std::uint64_t n) {
    v1::ListEntriesAroundRequest request;
    request.set_parent(target.Period());
    request.set_member(target.Member(n));
    request.set_page_size(target.page_size);
    return ToBytes(request);
  };
  return call;
}

Call RankCall(const Target& target) {
  Call call = PublicCall(target, "rank", "BoardService/BatchGetEntries");
  call.request = [&target](std::uint64_t n) {
    v1::BatchGetEntriesRequest request;
    request.set_parent(target.Period());
    request.add_members(target.Member(n));
    return ToBytes(request);
  };
  return call;
}

Call BalanceCall(const Target& target) {
  Call call = PublicCall(target, "balance", "CapitalService/GetAccount");
  call.request = [&target](std::uint64_t n) {
    v1::GetAccountRequest request;
    request.set_name(AccountOf(target, target.Member(n)));
    return ToBytes(request);
  };
  return call;
}

Call StatementCall(const Target& target) {
  Call call = PublicCall(target, "statement", "CapitalService/ListStatementLines");
  call.request = [&target](std::uint64_t n) {
    v1::ListStatementLinesRequest request;
    request.set_parent(AccountOf(target, target.Member(n)));
    request.set_page_size(target.page_size);
    return ToBytes(request);
  };
  return call;
}

Call ActivityCall(const Target& target, std::uint32_t run) {
  Call call = InternalCall(target, "activity", "ActivityAdminService/RecordActivity");
  call.request = [&target, run](std::uint64_t n) {
    v1::RecordActivityRequest request;
    request.set_parent(target.program);
    *request.mutable_activity() = MakeActivity(target, run, n);
    return ToBytes(request);
  };
  return call;
}

Call ActivityStreamCall(const Target& target, std::uint32_t run, std::uint64_t per_stream,
                        std::uint64_t batch) {
  Call call = InternalCall(target, "activity stream", "ActivityAdminService/RecordActivities");
  call.messages = (per_stream + batch - 1) / batch;
  call.request = [&target, run, per_stream, batch, messages = call.messages](std::uint64_t n) {
    const std::uint64_t begin = n % messages * batch;
    const std::uint64_t end = std::min(begin + batch, per_stream);
    v1::RecordActivitiesRequest request;
    request.set_parent(target.program);
    for (std::uint64_t i = begin; i < end; ++i) {
      *request.add_activities() = MakeActivity(target, run, n / messages * per_stream + i);
    }
    return ToBytes(request);
  };
  return call;
}

Call TransferCall(const Target& target, std::uint32_t run, Receivers receivers) {
  Call call = InternalCall(target, "transfer", "CapitalAdminService/PostTransfers");
  call.request = [&target, run, receivers](std::uint64_t n) {
    const std::uint64_t top = std::min<std::uint64_t>(kTop, target.members.size());
    v1::PostTransfersRequest request;
    request.set_parent(target.program);
    v1::Transfer& transfer = *request.add_transfers();
    transfer.set_debit_account(target.asset + "/accounts/issued");
    transfer.set_credit_account(AccountOf(
        target, receivers == Receivers::kTheTop ? target.members[n % top] : target.Member(n)));
    transfer.set_amount(1);
    request.set_request_id(RequestId(run, n));
    return ToBytes(request);
  };
  return call;
}

std::vector<Call> DayOfAnApp(const Target& target, std::uint32_t run) {
  std::vector<Call> calls = {PageCall(target),
                             AroundCall(target),
                             RankCall(target),
                             BalanceCall(target),
                             StatementCall(target),
                             ActivityCall(target, run),
                             TransferCall(target, run, Receivers::kTheTop)};
  constexpr std::array kWeights{70.0, 12.0, 8.0, 3.0, 2.0, 4.0, 1.0};
  for (std::size_t i = 0; i < calls.size(); ++i) {
    calls[i].weight = kWeights.at(i);
  }
  return calls;
}

std::vector<double> HoursOfADay() {
  return {0.20, 0.12, 0.08, 0.06, 0.06, 0.10, 0.20, 0.35, 0.45, 0.48, 0.50, 0.55,
          0.62, 0.58, 0.52, 0.52, 0.58, 0.68, 0.82, 0.95, 1.00, 0.90, 0.65, 0.38};
}

}  // namespace perigee::load
