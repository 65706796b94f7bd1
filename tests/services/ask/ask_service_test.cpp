#include "server/services/ask/ask_service.h"

#include <chrono>
#include <optional>
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

const std::string kAcme = "programs/acme";
const std::string kAda = kAcme + "/members/ada";
const std::string kBob = kAcme + "/members/bob";

// In `acme`, ada has an ask that was sent to her, and one that is reserved.
class AskServiceTest : public testing::Test {
 protected:
  AskServiceTest() {
    server.Identify(kBob, "bob");
    v1::ProposeAskRequest request;
    request.set_parent(kAda);
    request.set_team("press");
    request.set_kind("reference");
    request.set_text("Talk to a journalist");
    request.set_up_to(v1::Ask::STATE_RESERVED);
    request.set_request_id(server.NewRequestId());
    reserved =
        server.Must<v1::Ask>(server.Token("ROLE_MODERATOR"), "AskAdminService/ProposeAsk", request)
            .name();
  }

  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request, std::string* answer = nullptr) {
    return server.CallWith(server.Token(who), MethodNamed(method), request, answer);
  }
  template <class Request>
  Request Named(const std::string& name) {
    Request request;
    request.set_name(name);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  std::vector<v1::Ask> OwnOf(const std::string& who, const std::string& member) {
    v1::ListOwnAsksRequest request;
    request.set_parent(member);
    const auto answer =
        server.Must<v1::ListOwnAsksResponse>(server.Token(who), "AskService/ListOwnAsks", request);
    return {answer.asks().begin(), answer.asks().end()};
  }

  AccessServer server;
  const std::string sent = kAda + server.acme.ask;
  std::string reserved;
};

TEST_F(AskServiceTest, AMemberSeesOnlyWhatWasSent) {
  const std::vector<v1::Ask> own = OwnOf("ada", kAda);
  ASSERT_EQ(own.size(), 1U);
  EXPECT_EQ(own[0].name(), sent);
  EXPECT_EQ(own[0].text(), "Speak in May");
  EXPECT_EQ(own[0].state(), v1::Ask::STATE_SENT);
  EXPECT_TRUE(OwnOf("bob", kBob).empty());

  // A reserved ask answers as one that is missing.
  const absl::Status hidden =
      Call("ada", "AskService/AcceptAsk", Named<v1::AcceptAskRequest>(reserved));
  const absl::Status missing =
      Call("ada", "AskService/AcceptAsk", Named<v1::AcceptAskRequest>(kAda + "/asks/none"));
  EXPECT_THAT(hidden, HasReason(Reason::kNotFound));
  EXPECT_THAT(missing, HasReason(Reason::kNotFound));

  v1::ExportMemberRequest exported;
  exported.set_name(kAda);
  std::string bytes;
  ASSERT_THAT(Call("ada", "MemberService/ExportMember", exported, &bytes), IsOk());
  EXPECT_NE(bytes.find("Speak in May"), std::string::npos);
  EXPECT_EQ(bytes.find("Talk to a journalist"), std::string::npos);
}

TEST_F(AskServiceTest, OnlyTheMemberAnswersAndOnlyOnce) {
  EXPECT_THAT(Call("bob", "AskService/AcceptAsk", Named<v1::AcceptAskRequest>(sent)),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "AskService/AcceptAsk", Named<v1::AcceptAskRequest>(sent)),
              HasReason(Reason::kPermissionDenied));
  auto decline = Named<v1::DeclineAskRequest>(sent);
  decline.set_reason(std::string(2001, 'a'));
  EXPECT_THAT(Call("ada", "AskService/DeclineAsk", decline), IsInvalidField("reason"));
  decline.set_reason("No time");
  const auto declined = server.Must<v1::Ask>(server.Token("ada"), "AskService/DeclineAsk", decline);
  EXPECT_EQ(declined.state(), v1::Ask::STATE_DECLINED);
  EXPECT_EQ(declined.reason(), "No time");
  const absl::Status again = Call("ada", "AskService/AcceptAsk", Named<v1::AcceptAskRequest>(sent));
  EXPECT_THAT(again, HasReason(Reason::kIllegalMove));
  EXPECT_EQ(MetadataOf(again).at("state"), "declined");
}

TEST_F(AskServiceTest, AnAskThatIsNotAnsweredExpires) {
  server.clock.Advance(std::chrono::days(30));
  EXPECT_EQ(OwnOf("ada", kAda)[0].state(), v1::Ask::STATE_EXPIRED);
  EXPECT_THAT(Call("ada", "AskService/AcceptAsk", Named<v1::AcceptAskRequest>(sent)),
              HasReason(Reason::kIllegalMove));
}

TEST_F(AskServiceTest, AMemberSaysHowOftenToBeAsked) {
  auto terms = Named<v1::SetAskTermsRequest>(kAda);
  terms.set_ask_limit(-1);
  EXPECT_THAT(Call("ada", "AskService/SetAskTerms", terms), IsInvalidField("ask_limit"));
  terms.set_ask_limit(1);
  const auto set = server.Must<v1::Member>(server.Token("ada"), "AskService/SetAskTerms", terms);
  EXPECT_EQ(set.ask_limit(), 1);
  EXPECT_FALSE(set.do_not_ask());
  const absl::Status spent =
      Call("ROLE_MODERATOR", "AskAdminService/SendAsk", Named<v1::SendAskRequest>(reserved));
  EXPECT_THAT(spent, HasReason(Reason::kAskBudgetSpent));
  EXPECT_EQ(MetadataOf(spent).at("limit"), "1");

  terms = Named<v1::SetAskTermsRequest>(kAda);
  terms.set_do_not_ask(true);
  EXPECT_THAT(Call("bob", "AskService/SetAskTerms", terms), HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "AskService/SetAskTerms", terms),
              HasReason(Reason::kPermissionDenied));
  const auto none = server.Must<v1::Member>(server.Token("ada"), "AskService/SetAskTerms", terms);
  EXPECT_TRUE(none.do_not_ask());
  EXPECT_FALSE(none.has_ask_limit());
  EXPECT_THAT(
      Call("ROLE_MODERATOR", "AskAdminService/SendAsk", Named<v1::SendAskRequest>(reserved)),
      HasReason(Reason::kAskRefused));
}

TEST_F(AskServiceTest, ASuspendedMemberMayOnlyDecline) {
  server.Suspend(kAda);
  EXPECT_EQ(OwnOf("ada", kAda).size(), 1U);
  EXPECT_FALSE(Call("ada", "AskService/AcceptAsk", Named<v1::AcceptAskRequest>(sent)).ok());
  EXPECT_THAT(Call("ada", "AskService/DeclineAsk", Named<v1::DeclineAskRequest>(sent)), IsOk());
}

}  // namespace
}  // namespace perigee::tests
