#include "server/use_cases/reward/redemptions.h"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/program/program.h"
#include "tests/use_cases/reward/rewards.h"

namespace perigee::tests {
namespace {

using domain::Member;
using domain::Redemption;
using domain::Reward;
using std::chrono::days;
using testing::IsEmpty;

class RedemptionsTest : public RewardsTest {
 protected:
  // At the end of every test the books are right.
  void TearDown() override { EXPECT_THAT(programme.Findings(), IsEmpty()); }

  void ApproveByTwo() {
    ASSERT_THAT(Change([](Reward& r) { r.needs_approval = r.four_eyes = true; }), IsOk());
  }
  absl::Status Suspend(const std::string& id) {
    programme.ChangeMember(id, [](Member& m) { m.standing = domain::Standing::kSuspended; });
    return absl::OkStatus();
  }
  absl::Status Merge(const std::string& into, const std::string& from) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::MergeMembers(reader, unit, {"demo", into, from, ""});
           })
        .status();
  }
  absl::Status Erase(const std::string& id) {
    ports::Unit unit;
    unit.program = "demo";
    unit.now = Now();
    return use_cases::EraseMember(programme.store(), unit, {"demo", id, "", {}},
                                  [](ports::Revision) { return std::string(); })
        .status();
  }
  absl::Status CheckNoRedemption(const std::string& id) {
    absl::Status checked;
    programme.Read([&](ports::StoreReader& reader) {
      checked = use_cases::CheckNoRedemption(reader,
                                             {"demo", domain::ParseTransferId("name", id).value()});
      return absl::OkStatus();
    });
    return checked;
  }
};

TEST_F(RedemptionsTest, APriceIsHeldThenSpentThenGivenBack) {
  const auto redeemed = Redeem("ada");
  ASSERT_THAT(redeemed, IsOk());
  EXPECT_EQ(redeemed->state, State::kHeld);
  EXPECT_EQ(redeemed->member, programme.KeyOf("ada"));
  EXPECT_EQ(redeemed->price, 40);
  EXPECT_EQ(redeemed->create_time, Now());
  EXPECT_EQ(redeemed->expire_time, Now() + days(30));
  EXPECT_EQ(BalanceOf("ada"), 100);
  EXPECT_EQ(AvailableOf("ada"), 60);

  const auto fulfilled = Fulfil("ada", redeemed->id);
  ASSERT_THAT(fulfilled, IsOk());
  EXPECT_EQ(fulfilled->state, State::kFulfilled);
  EXPECT_EQ(fulfilled->end_time, Now());
  EXPECT_NE(fulfilled->capture, "");
  EXPECT_EQ(BalanceOf("ada"), 60);
  EXPECT_EQ(AvailableOf("ada"), 60);

  const auto returned = Return("ada", redeemed->id);
  ASSERT_THAT(returned, IsOk());
  EXPECT_EQ(returned->state, State::kReturned);
  EXPECT_EQ(returned->reason, "no talk");
  EXPECT_NE(returned->reversal, "");
  EXPECT_EQ(BalanceOf("ada"), 100);
  EXPECT_EQ(AvailableOf("ada"), 100);
  EXPECT_THAT(Return("ada", redeemed->id), HasReason(Reason::kIllegalMove));
}

TEST_F(RedemptionsTest, ARejectionAndACancellationFreeThePrice) {
  const std::string rejected = Redeem("ada")->id;
  const std::string cancelled = Redeem("ada")->id;
  EXPECT_EQ(AvailableOf("ada"), 20);
  EXPECT_EQ(Stored().taken, 2);
  const auto reject = Reject("ada", rejected);
  ASSERT_THAT(reject, IsOk());
  EXPECT_EQ(reject->state, State::kRejected);
  EXPECT_EQ(reject->reason, "full");
  EXPECT_NE(reject->voiding, "");
  ASSERT_THAT(Cancel("ada", cancelled), IsOk());
  EXPECT_EQ(StateOf(cancelled), State::kCancelled);
  EXPECT_EQ(AvailableOf("ada"), 100);
  EXPECT_EQ(Stored().taken, 0);
  for (const std::string& id : {rejected, cancelled}) {
    EXPECT_THAT(Cancel("ada", id), HasReason(Reason::kIllegalMove));
    EXPECT_THAT(Reject("ada", id), HasReason(Reason::kIllegalMove));
    EXPECT_THAT(Approve("ada", id), HasReason(Reason::kIllegalMove));
    EXPECT_THAT(Fulfil("ada", id), HasReason(Reason::kIllegalMove));
    EXPECT_THAT(Return("ada", id), HasReason(Reason::kIllegalMove));
  }
}

TEST_F(RedemptionsTest, WhatIsApprovedIsNotCancelledAndOnlyThenFulfilled) {
  ASSERT_THAT(Change([](Reward& r) { r.needs_approval = true; }), IsOk());
  const std::string id = Redeem("ada")->id;
  const auto early = Fulfil("ada", id);
  EXPECT_THAT(early, HasReason(Reason::kIllegalMove));
  EXPECT_EQ(MetadataOf(early.status()).at("open_moves"), "approve,reject,cancel");
  ASSERT_THAT(Approve("ada", id), IsOk());
  EXPECT_THAT(Cancel("ada", id), HasReason(Reason::kIllegalMove));
  EXPECT_THAT(Approve("ada", id), HasReason(Reason::kIllegalMove));
  // One person may do both, because the reward does not ask for four eyes.
  EXPECT_THAT(Fulfil("ada", id, Person(1)), IsOk());
  const std::string other = Redeem("ada")->id;
  ASSERT_THAT(Approve("ada", other), IsOk());
  EXPECT_THAT(Reject("ada", other), IsOk());
}

TEST_F(RedemptionsTest, FourEyesAreThoseOfTwoPeopleAndNotTheMembers) {
  ApproveByTwo();
  const std::string id = Redeem("ada")->id;
  EXPECT_THAT(Approve("ada", id, {}), HasReason(Reason::kFourEyes));
  EXPECT_THAT(Approve("ada", id, JudgeNamed("ada")), HasReason(Reason::kFourEyes));
  // Whoever signs in as ada, by whatever pseudonym of staff.
  EXPECT_THAT(Approve("ada", id, {Person(1).id, {programme.KeyOf("ada")}}),
              HasReason(Reason::kFourEyes));
  const auto approved = Approve("ada", id, {Person(1).id, {programme.KeyOf("bob")}});
  ASSERT_THAT(approved, IsOk());
  EXPECT_EQ(approved->approver, programme.KeyOf("bob"));
  EXPECT_THAT(Fulfil("ada", id, JudgeNamed("ada")), HasReason(Reason::kFourEyes));
  EXPECT_THAT(Fulfil("ada", id, JudgeNamed("bob")), HasReason(Reason::kFourEyes));
  // The same person with another sign-in.
  EXPECT_THAT(Fulfil("ada", id, {Person(3).id, {programme.KeyOf("bob")}}),
              HasReason(Reason::kFourEyes));
  EXPECT_THAT(Fulfil("ada", id, {}), HasReason(Reason::kFourEyes));
  EXPECT_EQ(StateOf(id), State::kApproved);
  EXPECT_THAT(Fulfil("ada", id, Person(2)), IsOk());
}

TEST_F(RedemptionsTest, TheTermsAreThoseOfTheDayOfTheRedemption) {
  ApproveByTwo();
  const std::string id = Redeem("ada")->id;
  ASSERT_THAT(Change([](Reward& r) {
                r.four_eyes = r.needs_approval = false;
                r.price = 10;
                r.retired = true;
              }),
              IsOk());
  EXPECT_THAT(Fulfil("ada", id), HasReason(Reason::kIllegalMove));
  ASSERT_THAT(Approve("ada", id, Person(1)), IsOk());
  EXPECT_THAT(Fulfil("ada", id, Person(1)), HasReason(Reason::kFourEyes));
  ASSERT_THAT(Fulfil("ada", id, Person(2)), IsOk());
  EXPECT_EQ(BalanceOf("ada"), 60);
}

TEST_F(RedemptionsTest, WhatTheMemberMayNotHaveIsRefused) {
  EXPECT_THAT(Redeem("nobody"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Redeem("ada", "none"), HasReason(Reason::kNotFound));
  // Out of the audience, exactly like missing.
  ASSERT_THAT(Change([](Reward& r) { r.eligibility = "kind:partner"; }), IsOk());
  const auto hidden = Redeem("ada");
  EXPECT_THAT(hidden, HasReason(Reason::kNotFound));
  EXPECT_EQ(hidden.status().message(), "programs/demo/rewards/seat was not found");
  programme.ChangeMember("ada", [](Member& m) { m.kinds = {domain::StakeholderKind::kPartner}; });
  EXPECT_THAT(Redeem("ada"), IsOk());
  EXPECT_THAT(Redeem("ada"), IsOk());
  EXPECT_THAT(Redeem("ada"), HasReason(Reason::kInsufficientFunds));
  ASSERT_THAT(Change([](Reward& r) { r.retired = true; }), IsOk());
  EXPECT_THAT(Redeem("ada"), HasReason(Reason::kRewardRetired));
  EXPECT_THAT(Redeem("bob"), HasReason(Reason::kNotFound));
}

// No job runs.
TEST_F(RedemptionsTest, ATitleOpensARewardToTheInstantOfItsEnd) {
  domain::Title mvp;
  mvp.id = "mvp";
  mvp.display_name = "MVP";
  mvp.term_months = 1;
  mvp.nominators = {domain::Nominator::kStaff};
  ASSERT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::CreateTitle(reader, unit, "demo", mvp);
              }),
              IsOk());
  ASSERT_THAT(Change([](Reward& r) { r.eligibility = "title:mvp"; }), IsOk());
  const auto appointment = Do([&](auto& reader, const auto& unit) {
    return use_cases::Appoint(reader, unit, "demo",
                              {"mvp", "ada", unit.now + std::chrono::hours(1)});
  });
  ASSERT_THAT(appointment, IsOk());
  programme.clock.Set(appointment->start_time - Duration(1));
  EXPECT_THAT(Redeem("ada"), HasReason(Reason::kNotFound));
  programme.clock.Set(appointment->start_time);
  EXPECT_THAT(Redeem("ada"), IsOk());
  programme.clock.Set(appointment->end_time - Duration(1));
  EXPECT_THAT(Redeem("ada"), IsOk());
  programme.clock.Set(appointment->end_time);
  EXPECT_THAT(Redeem("ada"), HasReason(Reason::kNotFound));
}

TEST_F(RedemptionsTest, WhoIsSuspendedNeitherRedeemsNorReceives) {
  const std::string id = Redeem("ada")->id;
  ASSERT_THAT(Suspend("ada"), IsOk());
  EXPECT_THAT(Redeem("ada"), HasReason(Reason::kMemberSuspended));
  EXPECT_THAT(Fulfil("ada", id), HasReason(Reason::kMemberSuspended));
  EXPECT_EQ(StateOf(id), State::kHeld);
  EXPECT_THAT(Reject("ada", id), IsOk());
}

TEST_F(RedemptionsTest, StockIsTakenAndGivenBack) {
  ASSERT_THAT(Change([](Reward& r) { r.stock = 2; }), IsOk());
  const std::string adas = Redeem("ada")->id;
  const std::string bobs = Redeem("bob")->id;
  EXPECT_THAT(Redeem("cyd"), HasReason(Reason::kRewardOutOfStock));
  EXPECT_EQ(AvailableOf("cyd"), 100);
  EXPECT_EQ(LeftOf(), 0);
  ASSERT_THAT(Cancel("ada", adas), IsOk());
  const std::string cyds = Redeem("cyd")->id;
  EXPECT_THAT(Redeem("ada"), HasReason(Reason::kRewardOutOfStock));
  ASSERT_THAT(Reject("bob", bobs), IsOk());
  ASSERT_THAT(Fulfil("cyd", cyds), IsOk());
  EXPECT_EQ(LeftOf(), 1);
  const std::string again = Redeem("ada")->id;
  EXPECT_THAT(Redeem("bob"), HasReason(Reason::kRewardOutOfStock));
  ASSERT_THAT(Return("cyd", cyds), IsOk());
  EXPECT_THAT(Redeem("bob"), IsOk());
  // Fewer than are taken: open ones stay.
  ASSERT_THAT(Change([](Reward& r) { r.stock = 1; }), IsOk());
  EXPECT_EQ(LeftOf(), 0);
  EXPECT_EQ(StateOf(again), State::kHeld);
  ASSERT_THAT(Change([](Reward& r) { r.stock.reset(); }), IsOk());
  EXPECT_THAT(Redeem("cyd"), IsOk());
}

TEST_F(RedemptionsTest, TimeAloneEndsAHoldAndFreesItsStock) {
  ASSERT_THAT(Change([](Reward& r) { r.stock = 1; }), IsOk());
  const auto held = Redeem("ada");
  ASSERT_THAT(held, IsOk());
  Go(days(30) - std::chrono::microseconds(1));
  EXPECT_EQ(StateOf(held->id), State::kHeld);
  EXPECT_THAT(Redeem("bob"), HasReason(Reason::kRewardOutOfStock));
  Go(std::chrono::microseconds(1));
  // No job has run.
  EXPECT_EQ(StateOf(held->id), State::kExpired);
  EXPECT_EQ(AvailableOf("ada"), 100);
  EXPECT_EQ(LeftOf(), 1);
  EXPECT_THAT(Fulfil("ada", held->id), HasReason(Reason::kIllegalMove));
  EXPECT_THAT(Cancel("ada", held->id), HasReason(Reason::kIllegalMove));
  ASSERT_THAT(Redeem("bob"), IsOk());
  EXPECT_EQ(Stored().taken, 1);
  programme.DoWhatIsDue();
  EXPECT_EQ(Stored().taken, 1);
  EXPECT_THAT(Redeem("cyd"), HasReason(Reason::kRewardOutOfStock));
}

TEST_F(RedemptionsTest, AJobNotesWhatTimeHasEnded) {
  ASSERT_THAT(Change([](Reward& r) { r.stock = 3; }), IsOk());
  for (const char* id : {"ada", "bob", "cyd"}) {
    ASSERT_THAT(Redeem(id), IsOk());
  }
  const std::string fulfilled = All().front().id;
  const domain::MemberKey whose = All().front().member;
  for (const char* id : {"ada", "bob", "cyd"}) {
    if (programme.KeyOf(id) == whose) {
      ASSERT_THAT(Fulfil(id, fulfilled), IsOk());
    }
  }
  Go(days(31));
  programme.DoWhatIsDue();
  int expired = 0;
  for (const Redemption& one : All()) {
    expired += one.state == State::kExpired ? 1 : 0;
    EXPECT_EQ(one.due_time, std::nullopt);
  }
  EXPECT_EQ(expired, 2);
  EXPECT_EQ(Stored().taken, 1);
  EXPECT_EQ(LeftOf(), 2);
}

TEST_F(RedemptionsTest, MergedMembersRedeemAsOnePerson) {
  const std::string bobs = Redeem("bob")->id;
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  ASSERT_THAT(Change([](Reward& r) { r.price = 150; }), IsOk());
  const auto pooled = Redeem("bob");
  ASSERT_THAT(pooled, IsOk());
  EXPECT_EQ(pooled->member, programme.KeyOf("ada"));
  EXPECT_EQ(AvailableOf("ada"), 10);
  EXPECT_THAT(Cancel("ada", bobs), IsOk());
  EXPECT_THAT(Fulfil("bob", pooled->id), IsOk());
  EXPECT_EQ(BalanceOf("ada"), 50);
}

TEST_F(RedemptionsTest, OneMembersRedemptionIsNotFoundUnderAnother) {
  const std::string id = Redeem("ada")->id;
  EXPECT_THAT(Cancel("bob", id), HasReason(Reason::kNotFound));
  EXPECT_THAT(Fulfil("bob", id), HasReason(Reason::kNotFound));
  EXPECT_THAT(Fulfil("ada", "none"), HasReason(Reason::kNotFound));
}

TEST_F(RedemptionsTest, AnErasureEndsWhatIsOpenAndFreesItsStock) {
  ASSERT_THAT(Change([](Reward& r) {
                r.stock = 3;
                r.needs_approval = true;
              }),
              IsOk());
  const std::string held = Redeem("ada")->id;
  const std::string approved = Redeem("ada")->id;
  ASSERT_THAT(Approve("ada", approved), IsOk());
  const std::string fulfilled = Redeem("bob")->id;
  ASSERT_THAT(Approve("bob", fulfilled), IsOk());
  ASSERT_THAT(Fulfil("bob", fulfilled), IsOk());
  EXPECT_THAT(Redeem("cyd"), HasReason(Reason::kRewardOutOfStock));
  ASSERT_THAT(Erase("ada"), IsOk());
  EXPECT_EQ(StateOf(held), State::kCancelled);
  EXPECT_EQ(StateOf(approved), State::kCancelled);
  EXPECT_EQ(LeftOf(), 2);
  ASSERT_THAT(Erase("bob"), IsOk());
  EXPECT_EQ(StateOf(fulfilled), State::kFulfilled);
  EXPECT_EQ(LeftOf(), 2);
  EXPECT_THAT(Return("bob", fulfilled), HasReason(Reason::kNotFound));
  EXPECT_THAT(Redeem("cyd"), IsOk());
  Go(days(31));
  programme.DoWhatIsDue();
}

TEST_F(RedemptionsTest, AnErasureAfterTheEndOfAHoldFindsItExpired) {
  const std::string id = Redeem("ada")->id;
  Go(days(31));
  ASSERT_THAT(Erase("ada"), IsOk());
  EXPECT_EQ(StateOf(id), State::kExpired);
  EXPECT_EQ(Stored().taken, 0);
  programme.DoWhatIsDue();
}

TEST_F(RedemptionsTest, ItsTransfersAreNotMovedByHand) {
  const auto held = Redeem("ada");
  EXPECT_THAT(CheckNoRedemption(held->hold), HasReason(Reason::kOfRedemption));
  const auto fulfilled = Fulfil("ada", held->id);
  EXPECT_THAT(CheckNoRedemption(fulfilled->capture), HasReason(Reason::kOfRedemption));
  const domain::TransferId other = programme.Earn("ada", 1, Now(), "access");
  EXPECT_THAT(CheckNoRedemption(domain::FormatTransferId(other)), IsOk());
  EXPECT_THAT(CheckNoRedemption("9999-0"), HasReason(Reason::kNotFound));
}

}  // namespace
}  // namespace perigee::tests
