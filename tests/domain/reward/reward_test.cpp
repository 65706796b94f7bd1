#include "server/domain/reward/reward.h"

#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Reward;
using domain::RewardClass;

Reward Seat() {
  Reward reward;
  reward.id = "seat";
  reward.display_name = "A seat";
  reward.asset = "access";
  reward.price = 40;
  reward.hold_days = 30;
  return reward;
}

TEST(RewardTest, EveryLimitHasItsField) {
  struct Row {
    const char* field;  // Empty: it is within the limits.
    std::function<void(Reward&)> change;
  };
  for (const Row& row : {
           Row{"", [](Reward&) {}},
           Row{"reward_id", [](Reward& r) { r.id = "S"; }},
           Row{"reward.display_name", [](Reward& r) { r.display_name = ""; }},
           Row{"reward.display_name", [](Reward& r) { r.display_name.assign(201, 'x'); }},
           Row{"", [](Reward& r) { r.description.assign(2000, 'x'); }},
           Row{"reward.description", [](Reward& r) { r.description.assign(2001, 'x'); }},
           Row{"reward.reward_class", [](Reward& r) { r.reward_class = RewardClass{}; }},
           Row{"reward.price", [](Reward& r) { r.price = 0; }},
           Row{"", [](Reward& r) { r.price = 1; }},
           Row{"", [](Reward& r) { r.stock = 0; }},
           Row{"reward.stock", [](Reward& r) { r.stock = -1; }},
           Row{"", [](Reward& r) { r.stock = 10'000; }},
           Row{"reward.stock", [](Reward& r) { r.stock = 10'001; }},
           Row{"", [](Reward& r) { r.eligibility = "title:mvp and activities(talk, 30d) > 2"; }},
           Row{"reward.eligibility", [](Reward& r) { r.eligibility = "title:"; }},
           Row{"reward.four_eyes", [](Reward& r) { r.four_eyes = true; }},
           Row{"", [](Reward& r) { r.four_eyes = r.needs_approval = true; }},
           Row{"reward.hold_days", [](Reward& r) { r.hold_days = 0; }},
           Row{"", [](Reward& r) { r.hold_days = 366; }},
           Row{"reward.hold_days", [](Reward& r) { r.hold_days = 367; }},
       }) {
    Reward reward = Seat();
    row.change(reward);
    const absl::Status checked = domain::CheckReward(reward);
    if (std::string(row.field).empty()) {
      EXPECT_THAT(checked, IsOk());
    } else {
      EXPECT_THAT(checked, IsInvalidField(row.field));
    }
  }
}

TEST(RewardTest, WhatIsLikeCashIsRefusedByName) {
  struct Row {
    RewardClass reward_class;
    const char* name;
    bool like_cash;
  };
  for (const Row& row : {
           Row{RewardClass::kAccess, "access", false},
           Row{RewardClass::kIntroduction, "introduction", false},
           Row{RewardClass::kRecognition, "recognition", false},
           Row{RewardClass::kKnowledge, "knowledge", false},
           Row{RewardClass::kStage, "stage", false},
           Row{RewardClass::kCash, "cash", true},
           Row{RewardClass::kGiftCard, "gift_card", true},
           Row{RewardClass::kDiscount, "discount", true},
           Row{RewardClass::kCashback, "cashback", true},
           Row{RewardClass::kCrypto, "crypto", true},
       }) {
    Reward reward = Seat();
    reward.reward_class = row.reward_class;
    EXPECT_EQ(domain::NameOf(row.reward_class), row.name);
    EXPECT_EQ(domain::IsCashLike(row.reward_class), row.like_cash);
    const absl::Status checked = domain::CheckReward(reward);
    if (row.like_cash) {
      EXPECT_THAT(checked, HasReason(Reason::kCashLikeReward));
      EXPECT_EQ(MetadataOf(checked).at("reward_class"), row.name);
    } else {
      EXPECT_THAT(checked, IsOk());
    }
  }
}

TEST(RewardTest, StockIsNeverBelowNothing) {
  Reward reward = Seat();
  reward.taken = 7;
  EXPECT_EQ(domain::StockLeft(reward), std::nullopt);
  reward.stock = 10;
  EXPECT_EQ(domain::StockLeft(reward), 3);
  reward.stock = 7;
  EXPECT_EQ(domain::StockLeft(reward), 0);
  reward.stock = 2;
  EXPECT_EQ(domain::StockLeft(reward), 0);
}

}  // namespace
}  // namespace perigee::tests
