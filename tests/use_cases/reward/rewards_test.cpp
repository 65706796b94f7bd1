#include "server/use_cases/reward/rewards.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/access/policy_refusal.h"
#include "server/domain/member/trait.h"
#include "server/domain/program/program.h"
#include "tests/use_cases/reward/rewards.h"

namespace perigee::tests {
namespace {

using domain::Reward;

TEST_F(RewardsTest, ARewardIsMadeOnceAndOfAnAssetThatMembersSpend) {
  EXPECT_THAT(Create(Seat()), HasReason(Reason::kAlreadyExists));
  Reward reward = Seat();
  reward.id = "other";
  reward.asset = "reputation";
  EXPECT_THAT(Create(reward), HasReason(Reason::kAssetNotSpendable));
  reward.asset = "none";
  EXPECT_THAT(Create(reward), HasReason(Reason::kNotFound));
  reward.asset = "access";
  const auto made = Create(reward);
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->create_time, Now());
  EXPECT_EQ(made->edit_revision, made->revision);
}

TEST_F(RewardsTest, AnEditIsGuardedByAnEtagThatRedemptionsLeaveAlone) {
  const std::string etag = domain::Etag(Stored().edit_revision);
  ASSERT_THAT(Redeem("ada"), IsOk());
  EXPECT_GT(Stored().revision, Stored().edit_revision);
  EXPECT_THAT(Change([](Reward& r) { r.price = 30; }, etag), IsOk());
  EXPECT_THAT(Change([](Reward& r) { r.price = 20; }, etag), HasReason(Reason::kEtagMismatch));
  EXPECT_THAT(Change([](Reward& r) { r.price = 0; }), IsInvalidField("reward.price"));
  EXPECT_THAT(Change([](Reward& r) { r.asset = "affiliation"; }),
              HasReason(Reason::kAssetNotSpendable));
  EXPECT_THAT(Change([](Reward& r) { r.reward_class = domain::RewardClass::kDiscount; }),
              HasReason(Reason::kCashLikeReward));
  EXPECT_EQ(Stored().price, 30);
  EXPECT_EQ(Stored().taken, 1);
}

TEST_F(RewardsTest, ADemographicAudienceNeedsAnOverride) {
  ASSERT_THAT(Do([&](auto&, const auto& unit) {
                domain::FacetType type;
                type.id = "age";
                type.demographic = true;
                type.revision = unit.revision;
                return absl::StatusOr<use_cases::Decided<domain::FacetType>>(
                    use_cases::Put(std::move(type)));
              }),
              IsOk());
  EXPECT_THAT(Change([](Reward& r) { r.eligibility = "facet:age"; }),
              HasReason(Reason::kDemographicAudience));
  EXPECT_THAT(Change([](Reward& r) {
                r.eligibility = "facet:age";
                r.allow_demographic = true;
              }),
              IsOk());
}

TEST_F(RewardsTest, AnAttemptAtCashIsPutOnRecord) {
  ASSERT_THAT(
      Do([](auto& reader, const auto& unit) -> absl::StatusOr<use_cases::Decided<std::string>> {
        auto changes =
            use_cases::RecordCashLike(reader, unit, "demo", domain::RewardClass::kGiftCard);
        if (!changes.ok()) {
          return changes.status();
        }
        return use_cases::Decided<std::string>{"", *std::move(changes)};
      }),
      IsOk());
  programme.Read([&](ports::StoreReader& reader) {
    const auto refusals =
        reader.records().List<domain::PolicyRefusal>("demo", {}, nullptr, 10).value();
    EXPECT_EQ(refusals.size(), 1U);
    EXPECT_EQ(refusals.at(0).policy, "CASH_LIKE_REWARD");
    EXPECT_EQ(refusals.at(0).subject, "gift_card");
    EXPECT_EQ(refusals.at(0).revision, programme.head);
    return absl::OkStatus();
  });
  EXPECT_THAT(programme.Findings(), testing::IsEmpty());
}

}  // namespace
}  // namespace perigee::tests
