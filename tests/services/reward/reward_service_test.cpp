#include "server/services/reward/reward_service.h"

#include <chrono>
#include <string>

#include "perigee/v1/member.pb.h"
#include "tests/services/reward/reward_server.h"

namespace perigee::tests {
namespace {

using RewardServiceTest = RewardServerTest;

TEST_F(RewardServiceTest, AMemberSeesWhatTheyMayHaveAndWhatTheyCanPay) {
  v1::CreateRewardRequest seat = CreateOf("seat");
  seat.mutable_reward()->set_stock(2);
  seat.mutable_reward()->set_description("In the front row");
  Create(seat);
  v1::CreateRewardRequest stage = CreateOf("stage");
  stage.mutable_reward()->set_price(101);
  stage.mutable_reward()->set_eligibility("title:mvp");
  Create(stage);

  const auto adas = Offers("ada");
  ASSERT_EQ(adas.size(), 2U);
  EXPECT_EQ(adas[0].name(), kAcme + "/rewards/seat");
  EXPECT_EQ(adas[0].description(), "In the front row");
  EXPECT_EQ(adas[0].asset(), kAcme + "/assets/access");
  EXPECT_EQ(adas[0].price(), 40);
  EXPECT_EQ(adas[0].stock_left(), 2);
  EXPECT_TRUE(adas[0].affordable());
  EXPECT_FALSE(adas[1].affordable());
  EXPECT_FALSE(adas[1].has_stock_left());
  // bob has no title, so that the stage is not there for him.
  const auto bobs = Offers("bob");
  ASSERT_EQ(bobs.size(), 1U);
  EXPECT_EQ(bobs[0].name(), kAcme + "/rewards/seat");
  const absl::Status hidden = Call("bob", "RewardService/Redeem", RedeemOf(kBob, "stage"));
  EXPECT_THAT(hidden, HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("ada", "RewardService/Redeem", RedeemOf(kAda, "stage")),
              HasReason(Reason::kInsufficientFunds));

  Redeem("bob", "seat");
  EXPECT_EQ(Offers("ada")[0].stock_left(), 1);
  EXPECT_TRUE(Offers("bob")[0].affordable());
  Redeem("bob", "seat");
  EXPECT_EQ(Offers("ada")[0].stock_left(), 0);
  EXPECT_FALSE(Offers("bob")[0].affordable());
  EXPECT_THAT(Call("ada", "RewardService/Redeem", RedeemOf(kAda, "seat")),
              HasReason(Reason::kRewardOutOfStock));
}

TEST_F(RewardServiceTest, HiddenRewardsLeaveNoGapInAPage) {
  for (int i = 0; i < 6; ++i) {
    v1::CreateRewardRequest request = CreateOf("r" + std::to_string(i));
    request.mutable_reward()->set_eligibility(i % 2 == 0 ? "title:mvp" : "everybody");
    Create(request);
  }
  v1::ListRewardsRequest request;
  request.set_parent(kBob);
  request.set_page_size(2);
  const auto page = server.Must<v1::ListRewardsResponse>(server.Token("bob"),
                                                         "RewardService/ListRewards", request);
  ASSERT_EQ(page.rewards_size(), 2);
  EXPECT_EQ(page.rewards(1).name(), kAcme + "/rewards/r3");
  EXPECT_EQ(Offers("bob", 2).size(), 3U);
  EXPECT_EQ(Offers("ada", 2).size(), 6U);
}

TEST_F(RewardServiceTest, NobodyRedeemsForAnotherMember) {
  Create(CreateOf("seat"));
  EXPECT_THAT(Call("bob", "RewardService/Redeem", RedeemOf(kAda, "seat")),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("ROLE_MODERATOR", "RewardService/Redeem", RedeemOf(kAda, "seat")),
              HasReason(Reason::kPermissionDenied));
  v1::RedeemRequest foreign = RedeemOf(kAda, "seat");
  foreign.set_reward("programs/umbrella/rewards/seat");
  EXPECT_THAT(Call("ada", "RewardService/Redeem", foreign), IsInvalidField("reward"));
  const v1::Redemption adas = Redeem("ada", "seat");
  EXPECT_THAT(Call("bob", "RewardService/CancelRedemption",
                   Named<v1::CancelRedemptionRequest>(adas.name())),
              HasReason(Reason::kNotFound));
  const std::string id = adas.name().substr(adas.name().rfind('/'));
  EXPECT_THAT(Call("bob", "RewardService/CancelRedemption",
                   Named<v1::CancelRedemptionRequest>(kBob + "/redemptions" + id)),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("ada", "RewardService/CancelRedemption",
                   Named<v1::CancelRedemptionRequest>(adas.name())),
              IsOk());
}

TEST_F(RewardServiceTest, ARetryGetsTheFirstAnswerAndASecondTryIsIllegal) {
  Create(CreateOf("seat"));
  const v1::RedeemRequest request = RedeemOf(kAda, "seat");
  const auto first =
      server.Must<v1::Redemption>(server.Token("ada"), "RewardService/Redeem", request);
  const auto again =
      server.Must<v1::Redemption>(server.Token("ada"), "RewardService/Redeem", request);
  EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());
  const auto cancel = Named<v1::CancelRedemptionRequest>(first.name());
  const auto cancelled =
      server.Must<v1::Redemption>(server.Token("ada"), "RewardService/CancelRedemption", cancel);
  EXPECT_EQ(cancelled.state(), v1::Redemption::STATE_CANCELLED);
  EXPECT_NE(cancelled.voiding(), "");
  EXPECT_THAT(Call("ada", "RewardService/CancelRedemption", cancel), IsOk());
  EXPECT_THAT(Call("ada", "RewardService/CancelRedemption",
                   Named<v1::CancelRedemptionRequest>(first.name())),
              HasReason(Reason::kIllegalMove));
}

TEST_F(RewardServiceTest, AMemberListsTheirOwnAndNotWhoApproved) {
  v1::CreateRewardRequest create = CreateOf("seat");
  create.mutable_reward()->set_needs_approval(true);
  Create(create);
  const v1::Redemption mine = Redeem("ada", "seat");
  Redeem("bob", "seat");
  EXPECT_EQ(mine.state(), v1::Redemption::STATE_HELD);
  const auto approved = server.Must<v1::Redemption>(
      server.Token("ROLE_MODERATOR"), "RewardAdminService/ApproveRedemption",
      Named<v1::ApproveRedemptionRequest>(mine.name()));
  EXPECT_EQ(approved.approver().size(), 32U);
  v1::ListOwnRedemptionsRequest list;
  list.set_parent(kAda);
  const auto own = server.Must<v1::ListOwnRedemptionsResponse>(
      server.Token("ada"), "RewardService/ListOwnRedemptions", list);
  ASSERT_EQ(own.redemptions_size(), 1);
  EXPECT_EQ(own.redemptions(0).name(), mine.name());
  EXPECT_EQ(own.redemptions(0).state(), v1::Redemption::STATE_APPROVED);
  EXPECT_EQ(own.redemptions(0).approver(), "");
  EXPECT_THAT(Call("bob", "RewardService/ListOwnRedemptions", list), HasReason(Reason::kNotFound));

  v1::ExportMemberRequest exported;
  exported.set_name(kAda);
  std::string bytes;
  ASSERT_THAT(server.CallWith(server.Token("ada"), MethodNamed("MemberService/ExportMember"),
                              exported, &bytes),
              IsOk());
  EXPECT_NE(bytes.find("\"redemption\":["), std::string::npos);
  EXPECT_NE(bytes.find("\"reward\":\"seat\""), std::string::npos);
}

TEST_F(RewardServiceTest, WhoIsSuspendedOnlyReads) {
  Create(CreateOf("seat"));
  const v1::Redemption mine = Redeem("ada", "seat");
  server.Suspend(kAda);
  EXPECT_THAT(Call("ada", "RewardService/Redeem", RedeemOf(kAda, "seat")),
              HasReason(Reason::kMemberSuspended));
  EXPECT_THAT(Call("ada", "RewardService/CancelRedemption",
                   Named<v1::CancelRedemptionRequest>(mine.name())),
              HasReason(Reason::kMemberSuspended));
  EXPECT_EQ(Offers("ada").size(), 1U);
}

}  // namespace
}  // namespace perigee::tests
