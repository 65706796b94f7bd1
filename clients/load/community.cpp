#include "clients/load/community.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/cli/failure.h"
#include "clients/load/engine.h"
#include "clients/load/scatter.h"
#include "perigee/v1/activity.grpc.pb.h"
#include "perigee/v1/board.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "perigee/v1/program.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::load {
namespace {

constexpr std::uint64_t kSetupSalt = 1;
constexpr std::uint64_t kMemberSalt = 2;
constexpr std::uint64_t kEventSalt = 3;
constexpr std::uint64_t kActivitiesPerMessage = 1000;
constexpr int kMembersInFlight = 256;
constexpr std::uint64_t kMembersAtOnce = 20'000;
constexpr int kTriesMax = 10;

// Has no order, as the ids of real members.
std::string MemberId(std::uint64_t n) { return absl::StrFormat("m%014x", Scatter(n) >> 8); }

absl::Status MakeProgram(const std::shared_ptr<grpc::Channel>& channel, const std::string& name) {
  const auto stub = v1::ProgramAdminService::NewStub(channel);
  v1::CreateProgramRequest program;
  program.set_program_id(name.substr(name.find('/') + 1));
  program.mutable_program()->set_display_name("Made to be loaded");
  program.set_request_id(RequestId(kSetupSalt, 1));
  v1::Program made;
  grpc::ClientContext program_context;
  PERIGEE_RETURN_IF_ERROR(cli::FromGrpc(stub->CreateProgram(&program_context, program, &made)));

  v1::CreateRuleRequest rule;
  rule.set_parent(name);
  rule.set_rule_id("work");
  rule.mutable_rule()->set_activity_type("work");
  v1::Grant& grant = *rule.mutable_rule()->add_grants();
  grant.set_asset("reputation");
  grant.set_beneficiary(v1::Grant::BENEFICIARY_ACTOR);
  grant.set_amount(1);
  grant.set_per_quantity(true);
  rule.set_request_id(RequestId(kSetupSalt, 2));
  v1::Rule made_rule;
  grpc::ClientContext rule_context;
  return cli::FromGrpc(stub->CreateRule(&rule_context, rule, &made_rule));
}

absl::Status MakeBoard(const std::shared_ptr<grpc::Channel>& channel, const std::string& program) {
  v1::CreateBoardRequest board;
  board.set_parent(program);
  board.set_board_id("all");
  board.mutable_board()->set_display_name("All");
  board.mutable_board()->set_asset("reputation");
  board.mutable_board()->set_cadence(v1::Board::CADENCE_ALL_TIME);
  board.set_request_id(RequestId(kSetupSalt, 3));
  v1::Board made;
  grpc::ClientContext context;
  return cli::FromGrpc(
      v1::BoardAdminService::NewStub(channel)->CreateBoard(&context, board, &made));
}

// A machine that is busy otherwise may refuse some of them as too many, so these are sent again.
absl::Status MakeMembers(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                         const Community& community) {
  const auto members = static_cast<std::uint64_t>(community.members);
  for (std::uint64_t begin = 0; begin < members; begin += kMembersAtOnce) {
    Call call;
    call.name = "member";
    call.channels = channels;
    call.method = "/perigee.v1.MemberAdminService/CreateMember";
    call.request = [program = community.program, begin](std::uint64_t n) {
      v1::CreateMemberRequest request;
      request.set_parent(program);
      request.set_member_id(MemberId(begin + n));
      request.mutable_member()->set_display_name(absl::StrFormat("Member %07d", begin + n));
      request.set_request_id(RequestId(kMemberSalt, begin + n));
      return ToBytes(request);
    };
    const std::uint64_t count = std::min(kMembersAtOnce, members - begin);
    Outcome outcome;
    for (int tries = 0; tries == 0 || (outcome.Refused() > 0 && tries < kTriesMax); ++tries) {
      outcome = RunCalls({{call}}, kMembersInFlight, count).Total();
    }
    if (outcome.Refused() > 0) {
      return absl::InternalError("CreateMember: " + outcome.refusal);
    }
  }
  return absl::OkStatus();
}

// Asks until the board holds `revision`. The server waits up to two seconds in each call.
absl::Status AwaitBoard(const std::shared_ptr<grpc::Channel>& channel, const std::string& period,
                        std::int64_t revision) {
  const auto stub = v1::BoardService::NewStub(channel);
  v1::ListEntriesRequest request;
  request.set_parent(period);
  request.set_min_revision(revision);
  const auto end = std::chrono::system_clock::now() + std::chrono::minutes(2);
  grpc::Status status;
  do {
    grpc::ClientContext context;
    v1::ListEntriesResponse response;
    status = stub->ListEntries(&context, request, &response);
  } while (status.error_code() == grpc::StatusCode::UNAVAILABLE &&
           std::chrono::system_clock::now() < end);
  return cli::FromGrpc(status);
}

v1::Activity MakeActivity(const Community& community, std::uint64_t n) {
  v1::Activity activity;
  activity.set_type("work");
  activity.set_actor(community.Member(n));
  // This gives most members different scores.
  activity.set_quantity(static_cast<std::int64_t>(1 + n * 7919 % 100003));
  activity.set_source("load");
  activity.set_source_event_id(RequestId(kEventSalt, n));
  return activity;
}

}  // namespace

std::string Community::Member(std::uint64_t n) const {
  return absl::StrCat(program, "/members/", MemberId(n % static_cast<std::uint64_t>(members)));
}

std::string RequestId(std::uint64_t salt, std::uint64_t n) {
  const std::uint64_t high = Scatter(n + Scatter(salt));
  const std::uint64_t low = Scatter(salt ^ high);
  return absl::StrFormat("%08x-%04x-4%03x-8%03x-%012x", high >> 32, (high >> 16) & 0xffff,
                         high & 0xfff, low >> 52, low & 0xffff'ffff'ffff);
}

absl::StatusOr<std::int64_t> StreamActivities(const std::shared_ptr<grpc::Channel>& channel,
                                              const Community& community, std::uint64_t begin,
                                              std::uint64_t end) {
  const auto stub = v1::ActivityAdminService::NewStub(channel);
  grpc::ClientContext context;
  v1::RecordActivitiesResponse response;
  const auto stream = stub->RecordActivities(&context, &response);
  for (std::uint64_t n = begin; n < end;) {
    v1::RecordActivitiesRequest request;
    request.set_parent(community.program);
    for (const std::uint64_t last = std::min(end, n + kActivitiesPerMessage); n < last; ++n) {
      *request.add_activities() = MakeActivity(community, n);
    }
    if (!stream->Write(request)) {
      break;
    }
  }
  stream->WritesDone();
  PERIGEE_RETURN_IF_ERROR(cli::FromGrpc(stream->Finish()));
  if (response.recorded() + response.replayed() != static_cast<std::int64_t>(end - begin)) {
    return absl::InternalError(absl::StrCat("RecordActivities recorded ", response.recorded(),
                                            " of ", end - begin, ", refused ", response.refused()));
  }
  return response.revision();
}

absl::Status FillCommunity(const std::string& public_address, const std::string& internal_address,
                           const Community& community, const cli::Connection& connection) {
  const auto channels = Connect(internal_address, 4, connection);
  const std::shared_ptr<grpc::Channel>& channel = channels.front();
  PERIGEE_RETURN_IF_ERROR(MakeProgram(channel, community.program));
  PERIGEE_RETURN_IF_ERROR(MakeMembers(channels, community));
  PERIGEE_RETURN_IF_ERROR(MakeBoard(channel, community.program));
  PERIGEE_ASSIGN_OR_RETURN(
      const std::int64_t revision,
      StreamActivities(channel, community, 0, static_cast<std::uint64_t>(community.members)));
  return AwaitBoard(Connect(public_address, 1, connection).front(), community.Period(), revision);
}

}  // namespace perigee::load
