#include "server/services/thanks/thanks_service.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/member.pb.h"
#include "perigee/v1/thanks.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string kAcme = "programs/acme";
const std::string kAda = kAcme + "/members/ada";
const std::string kBob = kAcme + "/members/bob";

class ThanksServiceTest : public testing::Test {
 protected:
  ThanksServiceTest() { server.Identify(kBob, "bob"); }

  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request, std::string* answer = nullptr) {
    return server.CallWith(server.Token(who), MethodNamed(method), request, answer);
  }
  v1::GiveThanksRequest ThanksOf(const std::string& giver, const std::string& receiver,
                                 const std::string& text = "For the help") {
    v1::GiveThanksRequest request;
    request.set_parent(giver);
    request.set_receiver(receiver);
    request.set_text(text);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::Thanks Give(const std::string& who, const v1::GiveThanksRequest& request) {
    return server.Must<v1::Thanks>(server.Token(who), "ThanksService/GiveThanks", request);
  }
  v1::WithdrawThanksRequest WithdrawalOf(const std::string& name, const std::string& member) {
    v1::WithdrawThanksRequest request;
    request.set_name(name);
    request.set_member(member);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::ListThanksResponse List(const std::string& who, const std::string& member,
                              v1::ListThanksRequest::Side side, int size = 0,
                              const std::string& token = "") {
    v1::ListThanksRequest request;
    request.set_parent(member);
    request.set_side(side);
    request.set_page_size(size);
    request.set_page_token(token);
    return server.Must<v1::ListThanksResponse>(server.Token(who), "ThanksService/ListThanks",
                                               request);
  }
  std::string ExportOf(const std::string& who, const std::string& member) {
    v1::ExportMemberRequest request;
    request.set_name(member);
    std::string bytes;
    EXPECT_THAT(Call(who, "MemberService/ExportMember", request, &bytes), IsOk());
    return bytes;
  }

  AccessServer server;
};

TEST_F(ThanksServiceTest, GiverAndReceiverSeeTheThanksAndNobodyElseDoes) {
  v1::GiveThanksRequest request = ThanksOf(kAda, kBob);
  request.set_thanked_for(kAcme + server.acme.activity);
  const v1::Thanks thanks = Give("ada", request);
  EXPECT_EQ(thanks.giver(), kAda);
  EXPECT_EQ(thanks.receiver(), kBob);
  EXPECT_EQ(thanks.text(), "For the help");
  EXPECT_EQ(thanks.thanked_for(), kAcme + server.acme.activity);
  EXPECT_EQ(thanks.weight(), 1.0);
  EXPECT_EQ(thanks.state(), v1::Thanks::STATE_GIVEN);
  const auto given = List("ada", kAda, v1::ListThanksRequest::SIDE_GIVEN);
  ASSERT_THAT(given.thanks(), SizeIs(1));
  EXPECT_EQ(given.thanks(0).SerializeAsString(), thanks.SerializeAsString());
  const auto received = List("bob", kBob, v1::ListThanksRequest::SIDE_RECEIVED);
  ASSERT_THAT(received.thanks(), SizeIs(2));  // The fixture's is the older one.
  EXPECT_EQ(received.thanks(0).SerializeAsString(), thanks.SerializeAsString());
  EXPECT_THAT(List("bob", kBob, v1::ListThanksRequest::SIDE_GIVEN).thanks(), IsEmpty());
  v1::ListThanksRequest others;
  others.set_parent(kBob);
  others.set_side(v1::ListThanksRequest::SIDE_RECEIVED);
  EXPECT_THAT(Call("ada", "ThanksService/ListThanks", others), HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "ThanksService/ListThanks", others),
              HasReason(Reason::kPermissionDenied));
  EXPECT_THAT(ExportOf("bob", kBob), HasSubstr("For the help"));
  EXPECT_THAT(ExportOf("ada", kAda), HasSubstr("For the help"));
}

TEST_F(ThanksServiceTest, ARetryGivesTheFirstAnswer) {
  const v1::GiveThanksRequest request = ThanksOf(kAda, "");
  const v1::Thanks first = Give("ada", request);
  EXPECT_EQ(first.receiver(), "");
  EXPECT_EQ(Give("ada", request).SerializeAsString(), first.SerializeAsString());
  EXPECT_THAT(List("ada", kAda, v1::ListThanksRequest::SIDE_GIVEN).thanks(), SizeIs(1));
}

TEST_F(ThanksServiceTest, WithdrawnThanksAreTheGiversAlone) {
  const v1::Thanks thanks = Give("ada", ThanksOf(kAda, kBob));
  EXPECT_THAT(Call("bob", "ThanksService/WithdrawThanks", WithdrawalOf(thanks.name(), kBob)),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("ada", "ThanksService/WithdrawThanks", WithdrawalOf(kAcme + "/thanks/x", kAda)),
              HasReason(Reason::kNotFound));
  const auto withdrawn = server.Must<v1::Thanks>(
      server.Token("ada"), "ThanksService/WithdrawThanks", WithdrawalOf(thanks.name(), kAda));
  EXPECT_EQ(withdrawn.state(), v1::Thanks::STATE_WITHDRAWN);
  const auto received = List("bob", kBob, v1::ListThanksRequest::SIDE_RECEIVED);
  ASSERT_THAT(received.thanks(), SizeIs(1));
  EXPECT_EQ(received.thanks(0).name(), kAcme + server.acme.thanks);
  EXPECT_THAT(List("ada", kAda, v1::ListThanksRequest::SIDE_GIVEN).thanks(), SizeIs(1));
  EXPECT_THAT(ExportOf("bob", kBob), Not(HasSubstr("For the help")));
  EXPECT_THAT(ExportOf("ada", kAda), HasSubstr("For the help"));
  EXPECT_THAT(Call("ada", "ThanksService/WithdrawThanks", WithdrawalOf(thanks.name(), kAda)),
              HasReason(Reason::kIllegalMove));
}

TEST_F(ThanksServiceTest, TheBudgetIsShownAndKept) {
  v1::GetThanksBudgetRequest ask;
  ask.set_name(kAda);
  const auto budget = [&] {
    return server.Must<v1::ThanksBudget>(server.Token("ada"), "ThanksService/GetThanksBudget", ask);
  };
  EXPECT_EQ(budget().limit(), 3);
  EXPECT_EQ(budget().used(), 0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Give("ada", ThanksOf(kAda, kBob)).weight(), 1.0 / (1 + i));
  }
  EXPECT_EQ(budget().used(), 3);
  const absl::Status spent = Call("ada", "ThanksService/GiveThanks", ThanksOf(kAda, kBob));
  ASSERT_THAT(spent, HasReason(Reason::kThanksBudgetSpent));
  EXPECT_EQ(MetadataOf(spent).at("limit"), "3");
  EXPECT_EQ(MetadataOf(spent).at("used"), "3");
  EXPECT_EQ(MetadataOf(spent).at("next_period_time"), "2026-11-23T00:00:00.000000Z");
  EXPECT_EQ(budget().next_period_time().seconds(), 1'795'392'000);
}

TEST_F(ThanksServiceTest, FieldsAreChecked) {
  EXPECT_THAT(Call("ada", "ThanksService/GiveThanks", ThanksOf(kAda, kBob, "")),
              IsInvalidField("text"));
  EXPECT_THAT(Call("ada", "ThanksService/GiveThanks", ThanksOf(kAda, kAda)),
              IsInvalidField("receiver"));
  EXPECT_THAT(
      Call("ada", "ThanksService/GiveThanks", ThanksOf(kAda, "programs/umbrella/members/bob")),
      IsInvalidField("receiver"));
  v1::GiveThanksRequest request = ThanksOf(kAda, kBob);
  for (const char* name : {"talk", "programs/acme/members/bob", "programs/umbrella/activities/1"}) {
    request.set_thanked_for(name);
    EXPECT_THAT(Call("ada", "ThanksService/GiveThanks", request), IsInvalidField("thanked_for"));
  }
  v1::ListThanksRequest list;
  list.set_parent(kAda);
  EXPECT_THAT(Call("ada", "ThanksService/ListThanks", list), IsInvalidField("side"));
  server.Suspend(kAda);
  EXPECT_FALSE(Call("ada", "ThanksService/GiveThanks", ThanksOf(kAda, kBob)).ok());
}

TEST_F(ThanksServiceTest, AListIsPagedNewestFirst) {
  std::vector<std::string> names;
  for (int i = 0; i < 3; ++i) {
    names.push_back(Give("ada", ThanksOf(kAda, kBob)).name());
  }
  std::string token;
  std::vector<std::string> listed;
  do {
    const auto page = List("ada", kAda, v1::ListThanksRequest::SIDE_GIVEN, 2, token);
    for (const v1::Thanks& thanks : page.thanks()) {
      listed.insert(listed.begin(), thanks.name());
    }
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_EQ(listed, names);
}

TEST_F(ThanksServiceTest, ReciprocityIsTheMembersOwnOrForStaff) {
  Give("ada", ThanksOf(kAda, kBob));
  v1::GetReciprocityRequest ask;
  ask.set_name(kAda);
  for (const char* who : {"ada", "ROLE_MODERATOR"}) {
    const auto found =
        server.Must<v1::Reciprocity>(server.Token(who), "ThanksService/GetReciprocity", ask);
    EXPECT_TRUE(found.has_index());
    EXPECT_EQ(found.index(), 0.0);
    EXPECT_EQ(found.partners(), 1);
    EXPECT_FALSE(found.has_brand_index());
    EXPECT_EQ(found.brand_thanks(), 0);
  }
  EXPECT_THAT(Call("bob", "ThanksService/GetReciprocity", ask), HasReason(Reason::kNotFound));
  ask.set_name(kBob);
  EXPECT_EQ(server.Must<v1::Reciprocity>(server.Token("bob"), "ThanksService/GetReciprocity", ask)
                .brand_thanks(),
            1);  // Of the fixture.
  v1::GetReciprocityRequest without;
  without.set_name("programs/umbrella/members/bob");
  EXPECT_FALSE(
      server.Must<v1::Reciprocity>(server.Token("root"), "ThanksService/GetReciprocity", without)
          .has_index());
}

}  // namespace
}  // namespace perigee::tests
