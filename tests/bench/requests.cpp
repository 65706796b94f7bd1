#include "tests/bench/requests.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "clients/cli/failure.h"
#include "perigee/v1/activity.grpc.pb.h"
#include "perigee/v1/board.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::bench {
namespace {

constexpr std::uint64_t kActivitiesPerMessage = 1000;

}  // namespace

Communities MakeCommunities(int programs, int members) {
  Communities communities;
  for (int i = 0; i < programs; ++i) {
    communities.push_back({i == 0 ? "programs/bench" : absl::StrCat("programs/bench-", i),
                           std::max(1, members / programs)});
  }
  return communities;
}

std::vector<load::Target> TargetsOf(const Communities& communities) {
  std::vector<load::Target> targets;
  for (const load::Community& community : communities) {
    load::Target& target = targets.emplace_back();
    target.channels = 0;  // LoadOn connects once for all targets.
    target.program = community.program;
    target.board = community.program + "/boards/all";
    target.asset = community.Asset();
    for (int i = 0; i < community.members; ++i) {
      target.members.push_back(community.Member(static_cast<std::uint64_t>(i)));
    }
  }
  return targets;
}

load::Load LoadOn(const std::vector<load::Target>& targets, const CallMaker& make,
                  const std::string& address, int channels) {
  std::vector<load::Call> calls;
  for (const load::Target& target : targets) {
    calls.push_back(make(target));
  }
  load::Call call = calls.front();
  call.channels = load::Connect(address, channels);
  call.request = [calls = std::move(calls)](std::uint64_t n) {
    return calls[n % calls.size()].request(n / calls.size());
  };
  return {{call}};
}

std::uint32_t NewRun() { return std::random_device()(); }

load::Call TransferCall(const load::Target& target) { return load::TransferCall(target, NewRun()); }

absl::StatusOr<v1::ListEntriesResponse> ReadTop(const std::string& public_address,
                                                const std::string& period) {
  const auto stub = v1::BoardService::NewStub(load::Connect(public_address, 1).front());
  v1::ListEntriesRequest request;
  request.set_parent(period);
  v1::ListEntriesResponse page;
  grpc::ClientContext context;
  PERIGEE_RETURN_IF_ERROR(cli::FromGrpc(stub->ListEntries(&context, request, &page)));
  return page;
}

absl::Status ReadWhole(const std::string& public_address, const std::string& period) {
  constexpr int kWholePage = 1000;
  const auto stub = v1::BoardService::NewStub(load::Connect(public_address, 1).front());
  v1::ListEntriesRequest request;
  request.set_parent(period);
  request.set_page_size(kWholePage);
  do {
    v1::ListEntriesResponse page;
    grpc::ClientContext context;
    PERIGEE_RETURN_IF_ERROR(cli::FromGrpc(stub->ListEntries(&context, request, &page)));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::Status AllWell(const std::string& what, const load::Outcome& outcome) {
  return outcome.Refused() == 0 && outcome.Ok() > 0
             ? absl::OkStatus()
             : absl::InternalError(absl::StrCat(what, ": ", outcome.Refused(), " of ",
                                                outcome.Ended(), " refused: ", outcome.refusal));
}

absl::Status FillDay(const std::string& internal_address, const load::Community& community,
                     absl::Time time) {
  const auto stub = v1::ActivityAdminService::NewStub(load::Connect(internal_address, 1).front());
  grpc::ClientContext context;
  v1::RecordActivitiesResponse response;
  const auto stream = stub->RecordActivities(&context, &response);
  const auto members = static_cast<std::uint64_t>(community.members);
  const std::int64_t seconds = absl::ToUnixSeconds(time);
  bool open = true;
  for (std::uint64_t n = 0; n < members && open;) {
    v1::RecordActivitiesRequest request;
    request.set_parent(community.program);
    for (const std::uint64_t last = std::min(members, n + kActivitiesPerMessage); n < last; ++n) {
      v1::Activity& activity = *request.add_activities();
      activity.set_type("work");
      activity.set_actor(community.Member(n));
      activity.set_quantity(static_cast<std::int64_t>(1 + n * 7919 % 100'003));
      activity.set_source("bench");
      activity.set_source_event_id(absl::StrCat(seconds, "-", n));
      activity.mutable_occur_time()->set_seconds(seconds);
    }
    open = stream->Write(request);
  }
  stream->WritesDone();
  return cli::FromGrpc(stream->Finish());
}

absl::StatusOr<std::vector<load::Target>> OpenBoards(const load::Target& target,
                                                     const std::string& public_address,
                                                     const std::string& internal_address,
                                                     int boards) {
  const auto admin = v1::BoardAdminService::NewStub(load::Connect(internal_address, 1).front());
  std::vector<load::Target> opened;
  for (int i = 0; i < boards; ++i) {
    load::Target& board = opened.emplace_back();
    board.channels = 0;
    board.program = target.program;
    board.board = i == 0 ? target.board : absl::StrCat(target.program, "/boards/no-", i);
    if (i > 0) {
      v1::CreateBoardRequest request;
      request.set_parent(target.program);
      request.set_board_id(absl::StrCat("no-", i));
      request.mutable_board()->set_display_name(absl::StrCat("Number ", i));
      request.mutable_board()->set_asset("reputation");
      request.mutable_board()->set_cadence(v1::Board::CADENCE_ALL_TIME);
      request.set_request_id(load::RequestId(NewRun(), 0));
      v1::Board made;
      grpc::ClientContext context;
      PERIGEE_RETURN_IF_ERROR(cli::FromGrpc(admin->CreateBoard(&context, request, &made)));
    }
    PERIGEE_RETURN_IF_ERROR(ReadTop(public_address, board.Period()).status());
  }
  return opened;
}

}  // namespace perigee::bench
