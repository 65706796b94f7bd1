#include "server/services/ask/ask_admin_service.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/ask.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

const std::string kAcme = "programs/acme";
const std::string kAda = kAcme + "/members/ada";
const std::string kBob = kAcme + "/members/bob";

// In `acme`, ada has an ask of the team `events` that was sent to her.
class AskAdminServiceTest : public testing::Test {
 protected:
  static std::string Rpc(const std::string& method) { return "AskAdminService/" + method; }
  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed(Rpc(method)), request);
  }
  template <class Request>
  Request Named(const std::string& name) {
    Request request;
    request.set_name(name);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::ProposeAskRequest Proposal(const std::string& member, const std::string& team,
                                 v1::Ask::State up_to = v1::Ask::STATE_UNSPECIFIED) {
    v1::ProposeAskRequest request;
    request.set_parent(member);
    request.set_team(team);
    request.set_kind("review");
    request.set_text("Write a review");
    request.set_up_to(up_to);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::Ask Must(const std::string& method, const google::protobuf::Message& request) {
    return server.Must<v1::Ask>(server.Token("ROLE_MODERATOR"), Rpc(method), request);
  }
  v1::AskBudget BudgetOf(const std::string& member) {
    v1::GetAskBudgetRequest request;
    request.set_parent(member);
    return server.Must<v1::AskBudget>(server.Token("ROLE_REVIEWER"), Rpc("GetAskBudget"), request);
  }
  std::vector<std::string> List(const std::string& of_member, const std::string& team,
                                v1::Ask::State state = v1::Ask::STATE_UNSPECIFIED) {
    v1::ListAsksRequest request;
    request.set_parent(kAcme);
    request.set_of_member(of_member);
    request.set_team(team);
    request.set_state(state);
    request.set_page_size(1);
    std::vector<std::string> names;
    do {
      const auto page = server.Must<v1::ListAsksResponse>(server.Token("ROLE_REVIEWER"),
                                                          Rpc("ListAsks"), request);
      for (const v1::Ask& ask : page.asks()) {
        names.push_back(ask.name());
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return names;
  }

  AccessServer server;
  const std::string sent = kAda + server.acme.ask;
};

TEST_F(AskAdminServiceTest, TheMovesOfAnAsk) {
  const v1::Ask proposed = Must("ProposeAsk", Proposal(kBob, "press"));
  EXPECT_EQ(proposed.state(), v1::Ask::STATE_PROPOSED);
  EXPECT_EQ(proposed.text(), "Write a review");
  EXPECT_FALSE(proposed.has_reserve_time());
  const absl::Status illegal =
      Call("ROLE_MODERATOR", "SendAsk", Named<v1::SendAskRequest>(proposed.name()));
  EXPECT_THAT(illegal, HasReason(Reason::kIllegalMove));
  EXPECT_EQ(MetadataOf(illegal).at("open_moves"), "reserve,cancel");
  const v1::Ask reserved = Must("ReserveAsk", Named<v1::ReserveAskRequest>(proposed.name()));
  EXPECT_EQ(reserved.state(), v1::Ask::STATE_RESERVED);
  EXPECT_TRUE(reserved.has_reserve_time());
  EXPECT_EQ(Must("SendAsk", Named<v1::SendAskRequest>(proposed.name())).state(),
            v1::Ask::STATE_SENT);
  ASSERT_THAT(server.CallWith(server.Token("ada"), MethodNamed("AskService/AcceptAsk"),
                              Named<v1::AcceptAskRequest>(sent)),
              IsOk());
  EXPECT_EQ(Must("CompleteAsk", Named<v1::CompleteAskRequest>(sent)).state(), v1::Ask::STATE_DONE);
  EXPECT_EQ(Must("ThankForAsk", Named<v1::ThankForAskRequest>(sent)).state(),
            v1::Ask::STATE_THANKED);
  const v1::Ask other = Must("ProposeAsk", Proposal(kBob, "press"));
  EXPECT_EQ(Must("CancelAsk", Named<v1::CancelAskRequest>(other.name())).state(),
            v1::Ask::STATE_CANCELLED);
}

TEST_F(AskAdminServiceTest, AProposalIsReservedAndSentAtOnceByOneCall) {
  EXPECT_EQ(Must("ProposeAsk", Proposal(kBob, "press", v1::Ask::STATE_SENT)).state(),
            v1::Ask::STATE_SENT);
  EXPECT_EQ(Must("ProposeAsk", Proposal(kBob, "press", v1::Ask::STATE_RESERVED)).state(),
            v1::Ask::STATE_RESERVED);
  EXPECT_THAT(Call("ROLE_MODERATOR", "ProposeAsk", Proposal(kBob, "press", v1::Ask::STATE_DONE)),
              IsInvalidField("up_to"));
  EXPECT_THAT(Call("ROLE_MODERATOR", "ProposeAsk", Proposal(kBob, "Press")),
              IsInvalidField("team"));
  EXPECT_THAT(Call("ROLE_REVIEWER", "ProposeAsk", Proposal(kBob, "press")),
              HasReason(Reason::kPermissionDenied));
  EXPECT_THAT(Call("ada", "ProposeAsk", Proposal(kBob, "press")),
              HasReason(Reason::kPermissionDenied));
}

TEST_F(AskAdminServiceTest, TheBudgetIsReadBeforeAsking) {
  v1::AskBudget budget = BudgetOf(kAda);
  EXPECT_EQ(budget.member(), kAda);
  EXPECT_TRUE(budget.may_be_asked());
  EXPECT_EQ(budget.limit(), 3);
  EXPECT_EQ(budget.window_days(), 90);
  EXPECT_EQ(budget.used(), 1);
  EXPECT_EQ(budget.reserved(), 0);
  EXPECT_EQ(budget.free(), 2);
  EXPECT_FALSE(budget.has_next_free_time());

  v1::UpdateProgramRequest update;
  update.mutable_program()->set_name(kAcme);
  update.mutable_program()->set_ask_limit(2);
  update.mutable_program()->set_ask_window_days(0);
  update.mutable_update_mask()->add_paths("ask_limit");
  update.mutable_update_mask()->add_paths("ask_window_days");
  update.set_request_id(server.NewRequestId());
  const auto change = [&] {
    return server.CallWith(server.Token("ROLE_PROGRAM_ADMIN"),
                           MethodNamed("ProgramAdminService/UpdateProgram"), update);
  };
  EXPECT_THAT(change(), IsInvalidField("program.ask_window_days"));
  update.mutable_program()->set_ask_window_days(30);
  ASSERT_THAT(change(), IsOk());
  Must("ProposeAsk", Proposal(kAda, "press", v1::Ask::STATE_RESERVED));
  budget = BudgetOf(kAda);
  EXPECT_EQ(budget.limit(), 2);
  EXPECT_EQ(budget.window_days(), 30);
  EXPECT_EQ(budget.used(), 2);
  EXPECT_EQ(budget.reserved(), 1);
  EXPECT_EQ(budget.free(), 0);
  EXPECT_TRUE(budget.has_next_free_time());
  const absl::Status spent =
      Call("ROLE_MODERATOR", "ProposeAsk", Proposal(kAda, "press", v1::Ask::STATE_SENT));
  EXPECT_THAT(spent, HasReason(Reason::kAskBudgetSpent));
  EXPECT_EQ(MetadataOf(spent).at("used"), "2");

  server.Suspend(kAda);
  EXPECT_FALSE(BudgetOf(kAda).may_be_asked());
  v1::GetAskBudgetRequest request;
  request.set_parent(kAda);
  EXPECT_THAT(Call("ada", "GetAskBudget", request), HasReason(Reason::kPermissionDenied));
  request.set_parent(kAcme + "/members/none");
  EXPECT_THAT(Call("ROLE_REVIEWER", "GetAskBudget", request), HasReason(Reason::kNotFound));
}

TEST_F(AskAdminServiceTest, AListIsByMemberTeamAndState) {
  const std::string bobs = Must("ProposeAsk", Proposal(kBob, "press")).name();
  const std::string adas = Must("ProposeAsk", Proposal(kAda, "press")).name();
  EXPECT_THAT(List("", ""), UnorderedElementsAre(sent, bobs, adas));
  EXPECT_THAT(List(kAda, ""), UnorderedElementsAre(sent, adas));
  EXPECT_THAT(List("", "press"), UnorderedElementsAre(bobs, adas));
  EXPECT_THAT(List(kAda, "press"), ElementsAre(adas));
  EXPECT_THAT(List("", "", v1::Ask::STATE_SENT), ElementsAre(sent));
  EXPECT_THAT(List(kBob, "", v1::Ask::STATE_SENT), ElementsAre());

  v1::ListAsksRequest request;
  request.set_parent(kAcme);
  request.set_of_member(kAcme + "/members/none");
  EXPECT_THAT(Call("ROLE_REVIEWER", "ListAsks", request), HasReason(Reason::kNotFound));
  request.set_of_member("programs/umbrella/members/ada");
  EXPECT_THAT(Call("ROLE_REVIEWER", "ListAsks", request), IsInvalidField("of_member"));
  request.clear_of_member();
  request.set_team("Press");
  EXPECT_THAT(Call("ROLE_REVIEWER", "ListAsks", request), IsInvalidField("team"));
  request.clear_team();
  request.set_state(static_cast<v1::Ask::State>(99));
  EXPECT_THAT(Call("ROLE_REVIEWER", "ListAsks", request), IsInvalidField("state"));
}

TEST_F(AskAdminServiceTest, AnErasedMemberIsInNoList) {
  v1::GetMemberRequest get;
  get.set_name(kAda);
  v1::EraseMemberRequest erase;
  erase.set_name(kAda);
  erase.set_etag(
      server.Must<v1::Member>(server.Token("ROLE_PROGRAM_ADMIN"), "MemberService/GetMember", get)
          .etag());
  erase.set_request_id(server.NewRequestId());
  ASSERT_THAT(server.CallWith(server.Token("ROLE_PROGRAM_ADMIN"),
                              MethodNamed("MemberAdminService/EraseMember"), erase),
              IsOk());
  EXPECT_THAT(List("", ""), ElementsAre());
  EXPECT_THAT(Call("ROLE_MODERATOR", "CompleteAsk", Named<v1::CompleteAskRequest>(sent)),
              HasReason(Reason::kNotFound));
}

}  // namespace
}  // namespace perigee::tests
