#include "server/services/reward/reward_admin_service.h"

#include <string>

#include "perigee/v1/audit.pb.h"
#include "tests/services/reward/reward_server.h"

namespace perigee::tests {
namespace {

class RewardAdminServiceTest : public RewardServerTest {
 protected:
  static std::string Rpc(const std::string& method) { return "RewardAdminService/" + method; }
  v1::AuditEntry LastEntry() {
    v1::ListAuditEntriesRequest request;
    request.set_parent(kAcme);
    request.set_page_size(1);
    return server
        .Must<v1::ListAuditEntriesResponse>(server.Token("root"),
                                            "AuditAdminService/ListAuditEntries", request)
        .audit_entries(0);
  }
  template <class Request>
  Request WithReason(const std::string& name, const std::string& reason) {
    auto request = Named<Request>(name);
    request.set_reason(reason);
    return request;
  }
};

TEST_F(RewardAdminServiceTest, ARewardTakesWhatIsGivenAndItsDefaults) {
  const v1::Reward made = Create(CreateOf("seat"));
  EXPECT_EQ(made.name(), kAcme + "/rewards/seat");
  EXPECT_EQ(made.asset(), kAcme + "/assets/access");
  EXPECT_EQ(made.hold_days(), 30);
  EXPECT_FALSE(made.has_stock());
  v1::CreateRewardRequest refused = CreateOf("other");
  refused.mutable_reward()->set_asset(kAcme + "/assets/reputation");
  EXPECT_THAT(Call("root", Rpc("CreateReward"), refused), HasReason(Reason::kAssetNotSpendable));
  refused.mutable_reward()->set_asset("programs/umbrella/assets/access");
  EXPECT_THAT(Call("root", Rpc("CreateReward"), refused), IsInvalidField("reward.asset"));
  refused.mutable_reward()->clear_asset();
  refused.mutable_reward()->set_reward_class(static_cast<v1::RewardClass>(99));
  EXPECT_THAT(Call("root", Rpc("CreateReward"), refused), IsInvalidField("reward.reward_class"));
  refused.mutable_reward()->clear_reward_class();
  EXPECT_THAT(Call("root", Rpc("CreateReward"), refused), IsInvalidField("reward.reward_class"));
  EXPECT_THAT(Call("root", Rpc("CreateReward"), CreateOf("seat")),
              HasReason(Reason::kAlreadyExists));
  EXPECT_THAT(Call("ROLE_MODERATOR", Rpc("CreateReward"), CreateOf("third")),
              HasReason(Reason::kPermissionDenied));
}

TEST_F(RewardAdminServiceTest, WhatIsLikeCashIsRefusedAndTheAttemptIsOnRecord) {
  v1::CreateRewardRequest request = CreateOf("voucher");
  request.mutable_reward()->set_reward_class(v1::REWARD_CLASS_GIFT_CARD);
  request.mutable_reward()->set_price(0);  // Policy comes before other faults.
  const absl::Status refused = Call("ROLE_PROGRAM_ADMIN", Rpc("CreateReward"), request);
  EXPECT_THAT(refused, HasReason(Reason::kCashLikeReward));
  EXPECT_EQ(MetadataOf(refused).at("reward_class"), "gift_card");
  v1::AuditEntry entry = LastEntry();
  EXPECT_EQ(entry.method(), Rpc("CreateReward"));
  EXPECT_EQ(entry.principal().kind(), v1::AuditPrincipal::KIND_STAFF);
  EXPECT_EQ(entry.principal().pseudonym().size(), 32U);
  ASSERT_EQ(entry.changes_size(), 1);
  EXPECT_EQ(entry.changes(0).action(), v1::AuditChange::ACTION_REFUSED);
  EXPECT_EQ(entry.changes(0).kind(), "policy_refusal");
  EXPECT_EQ(entry.changes(0).refused(), "CASH_LIKE_REWARD gift_card");
  EXPECT_EQ(entry.changes(0).members_size(), 0);

  // Each attempt is recorded, and none uses up the id.
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", Rpc("CreateReward"), request),
              HasReason(Reason::kCashLikeReward));
  EXPECT_GT(LastEntry().revision(), entry.revision());
  request.mutable_reward()->set_reward_class(v1::REWARD_CLASS_KNOWLEDGE);
  request.mutable_reward()->set_price(1);
  Create(request);

  v1::UpdateRewardRequest update;
  update.mutable_reward()->set_name(kAcme + "/rewards/voucher");
  update.mutable_reward()->set_reward_class(v1::REWARD_CLASS_CRYPTO);
  update.mutable_reward()->set_price(2);
  update.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", Rpc("UpdateReward"), update),
              HasReason(Reason::kCashLikeReward));
  EXPECT_EQ(LastEntry().method(), Rpc("UpdateReward"));
  EXPECT_EQ(LastEntry().changes(0).refused(), "CASH_LIKE_REWARD crypto");
  // A field outside the mask is not looked at.
  update.mutable_update_mask()->add_paths("price");
  const auto updated = server.Must<v1::Reward>(server.Token("root"), Rpc("UpdateReward"), update);
  EXPECT_EQ(updated.price(), 2);
  EXPECT_EQ(updated.reward_class(), v1::REWARD_CLASS_KNOWLEDGE);
}

TEST_F(RewardAdminServiceTest, ARefusalThatCannotBeRecordedIsTheStores) {
  v1::CreateRewardRequest request = CreateOf("cash");
  request.mutable_reward()->set_reward_class(v1::REWARD_CLASS_CASH);
  server.FailNextWrite();
  EXPECT_THAT(Call("root", Rpc("CreateReward"), request), HasReason(Reason::kStoreUnavailable));
  request.set_parent("programs/none");
  EXPECT_THAT(Call("root", Rpc("CreateReward"), request), HasReason(Reason::kNotFound));
}

TEST_F(RewardAdminServiceTest, AnUpdateChangesWhatItsMaskNames) {
  v1::CreateRewardRequest create = CreateOf("seat");
  create.mutable_reward()->set_stock(3);
  const v1::Reward made = Create(create);
  v1::UpdateRewardRequest update;
  update.mutable_reward()->set_name(made.name());
  update.mutable_reward()->set_etag(made.etag());
  update.mutable_reward()->set_needs_approval(true);
  update.mutable_reward()->set_four_eyes(true);
  update.mutable_update_mask()->add_paths("needs_approval");
  update.mutable_update_mask()->add_paths("four_eyes");
  update.mutable_update_mask()->add_paths("stock");
  update.set_request_id(server.NewRequestId());
  const auto updated = server.Must<v1::Reward>(server.Token("root"), Rpc("UpdateReward"), update);
  EXPECT_TRUE(updated.four_eyes());
  EXPECT_FALSE(updated.has_stock());
  EXPECT_EQ(updated.price(), 40);
  update.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("root", Rpc("UpdateReward"), update), HasReason(Reason::kEtagMismatch));
  update.mutable_update_mask()->add_paths("taken");
  EXPECT_THAT(Call("root", Rpc("UpdateReward"), update), IsInvalidField("update_mask"));
  v1::ListAllRewardsRequest list;
  list.set_parent(kAcme);
  EXPECT_EQ(server
                .Must<v1::ListAllRewardsResponse>(server.Token("ROLE_ANALYST"),
                                                  Rpc("ListAllRewards"), list)
                .rewards_size(),
            1);
  EXPECT_THAT(Call("ada", Rpc("ListAllRewards"), list), HasReason(Reason::kPermissionDenied));
}

TEST_F(RewardAdminServiceTest, FourEyesAreThoseOfTwoSignIns) {
  v1::CreateRewardRequest create = CreateOf("stage");
  create.mutable_reward()->set_needs_approval(true);
  create.mutable_reward()->set_four_eyes(true);
  Create(create);
  // ada is also a moderator, and bob an admin.
  server.Identify(kAda, "ROLE_MODERATOR");
  const std::string name = Redeem("ada", "stage").name();
  EXPECT_THAT(
      Call("ROLE_MODERATOR", Rpc("ApproveRedemption"), Named<v1::ApproveRedemptionRequest>(name)),
      HasReason(Reason::kFourEyes));
  EXPECT_THAT(
      Call("ROLE_REVIEWER", Rpc("ApproveRedemption"), Named<v1::ApproveRedemptionRequest>(name)),
      HasReason(Reason::kPermissionDenied));
  ASSERT_THAT(Call("ROLE_PROGRAM_ADMIN", Rpc("ApproveRedemption"),
                   Named<v1::ApproveRedemptionRequest>(name)),
              IsOk());
  for (const char* who : {"ROLE_PROGRAM_ADMIN", "ROLE_MODERATOR"}) {
    EXPECT_THAT(Call(who, Rpc("FulfilRedemption"), Named<v1::FulfilRedemptionRequest>(name)),
                HasReason(Reason::kFourEyes))
        << who;
  }
  const auto fulfilled = server.Must<v1::Redemption>(server.Token("root"), Rpc("FulfilRedemption"),
                                                     Named<v1::FulfilRedemptionRequest>(name));
  EXPECT_EQ(fulfilled.state(), v1::Redemption::STATE_FULFILLED);
  EXPECT_NE(fulfilled.capture(), "");
}

TEST_F(RewardAdminServiceTest, StaffListRejectAndTakeBack) {
  Create(CreateOf("seat"));
  const std::string adas = Redeem("ada", "seat").name();
  const std::string bobs = Redeem("bob", "seat").name();
  EXPECT_THAT(Call("ROLE_MODERATOR", Rpc("RejectRedemption"),
                   WithReason<v1::RejectRedemptionRequest>(adas, "")),
              IsInvalidField("reason"));
  const auto rejected = server.Must<v1::Redemption>(
      server.Token("ROLE_MODERATOR"), Rpc("RejectRedemption"),
      WithReason<v1::RejectRedemptionRequest>(adas, "The hall is full"));
  EXPECT_EQ(rejected.reason(), "The hall is full");
  ASSERT_THAT(
      Call("ROLE_MODERATOR", Rpc("FulfilRedemption"), Named<v1::FulfilRedemptionRequest>(bobs)),
      IsOk());

  v1::ListRedemptionsRequest list;
  list.set_parent(kAcme);
  const auto all = server.Must<v1::ListRedemptionsResponse>(server.Token("ROLE_MODERATOR"),
                                                            Rpc("ListRedemptions"), list);
  EXPECT_EQ(all.redemptions_size(), 2);
  EXPECT_EQ(LastEntry().changes(0).action(), v1::AuditChange::ACTION_READ);
  list.set_state(v1::Redemption::STATE_FULFILLED);
  const auto fulfilled = server.Must<v1::ListRedemptionsResponse>(server.Token("ROLE_MODERATOR"),
                                                                  Rpc("ListRedemptions"), list);
  ASSERT_EQ(fulfilled.redemptions_size(), 1);
  EXPECT_EQ(fulfilled.redemptions(0).name(), bobs);
  list.set_state(static_cast<v1::Redemption::State>(77));
  EXPECT_THAT(Call("ROLE_MODERATOR", Rpc("ListRedemptions"), list), IsInvalidField("state"));

  const auto returned = server.Must<v1::Redemption>(
      server.Token("ROLE_MODERATOR"), Rpc("ReturnRedemption"),
      WithReason<v1::ReturnRedemptionRequest>(bobs, "The talk was cancelled"));
  EXPECT_EQ(returned.state(), v1::Redemption::STATE_RETURNED);
  EXPECT_NE(returned.reversal(), "");
}

TEST_F(RewardAdminServiceTest, NobodyMovesTheTransfersOfARedemptionByHand) {
  Create(CreateOf("seat"));
  const v1::Redemption held = Redeem("ada", "seat");
  EXPECT_THAT(
      Call("root", "CapitalAdminService/VoidTransfer", Named<v1::VoidTransferRequest>(held.hold())),
      HasReason(Reason::kOfRedemption));
  EXPECT_THAT(Call("root", "CapitalAdminService/CaptureTransfer",
                   Named<v1::CaptureTransferRequest>(held.hold())),
              HasReason(Reason::kOfRedemption));
  const auto fulfilled =
      server.Must<v1::Redemption>(server.Token("root"), Rpc("FulfilRedemption"),
                                  Named<v1::FulfilRedemptionRequest>(held.name()));
  EXPECT_THAT(Call("root", "CapitalAdminService/ReverseTransfer",
                   Named<v1::ReverseTransferRequest>(fulfilled.capture())),
              HasReason(Reason::kOfRedemption));
}

}  // namespace
}  // namespace perigee::tests
