#include "server/use_cases/insider/seats.h"

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "server/domain/ledger/ledger.h"
#include "server/use_cases/insider/items.h"
#include "server/use_cases/ledger/transfers.h"
#include "tests/use_cases/insider/insiders.h"

namespace perigee::tests {
namespace {

using domain::GateOutcome;
using domain::InsiderItem;
using domain::SeatState;
using std::chrono::days;
using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using use_cases::SeatView;

// The item has one seat, for 40 of `access`.
class SeatsTest : public InsidersTest {
 protected:
  SeatsTest() {
    ChangeItem([](InsiderItem& item) {
      item.seats = 1;
      item.seat_price = 40;
    });
  }
  // At the end of every test the books are right.
  void TearDown() override { EXPECT_THAT(programme.Findings(), IsEmpty()); }

  absl::StatusOr<SeatView> Claim(const std::string& member, const std::string& item = "preview") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::ClaimSeat(reader, unit, "demo", member, item);
    });
  }
  absl::StatusOr<SeatView> GiveBack(const std::string& member, domain::Revision id) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::GiveBackSeat(reader, unit, {"demo", member, id});
    });
  }
  absl::StatusOr<SeatView> Revoke(const std::string& member, domain::Revision id) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::RevokeSeat(reader, unit, {"demo", member, id}, "a leak");
    });
  }
  // Changes the item as staff do.
  void Edit(const std::function<void(InsiderItem&)>& change) {
    ASSERT_THAT(Do([&](auto& reader, const auto& unit) {
                  return use_cases::UpdateItem(reader, unit, "demo", "preview", {change});
                }),
                IsOk());
  }
  void Withdraw() {
    ASSERT_THAT(Do([&](auto& reader, const auto& unit) {
                  return use_cases::MoveItem(
                      reader, unit, "demo", "preview",
                      [](Time now, InsiderItem& item) { return domain::Withdraw(now, item); });
                }),
                IsOk());
  }
  std::vector<SeatView> All(const std::string& item = "preview") {
    return Reading([&](ports::StoreReader& reader) {
             return use_cases::SeatsOf(reader, "demo", Stored(item), Now());
           })
        .value();
  }
  SeatView Seen(domain::Revision id) {
    for (const SeatView& one : All()) {
      if (one.claim.id == id) {
        return one;
      }
    }
    ADD_FAILURE() << "no claim " << id;
    return {};
  }
  std::vector<SeatView> OwnOf(const std::string& member) {
    return Reading([&](ports::StoreReader& reader) {
             return use_cases::SeatsOf(reader, "demo", MemberOf(member), Now());
           })
        .value();
  }
  std::vector<use_cases::ClaimableItem> ClaimableBy(const std::string& member, int limit = 100,
                                                    const std::string& after = "") {
    return Reading([&](ports::StoreReader& reader) {
             return use_cases::ClaimableItems(reader, "demo", MemberOf(member), after, limit,
                                              Now());
           })
        .value();
  }
  absl::Status CheckNoSeat(const std::string& transfer) {
    return Reading([&](ports::StoreReader& reader) -> absl::StatusOr<int> {
             PERIGEE_RETURN_IF_ERROR(use_cases::CheckNoSeat(
                 reader, {"demo", domain::ParseTransferId("name", transfer).value()}));
             return 0;
           })
        .status();
  }
};

TEST_F(SeatsTest, AFreeSeatIsGrantedAndPaidAtOnce) {
  EXPECT_EQ(GateOf("ada"), GateOutcome::kNoSeat);
  const auto claimed = Claim("ada");
  ASSERT_THAT(claimed, IsOk());
  EXPECT_EQ(claimed->state, SeatState::kGranted);
  EXPECT_EQ(claimed->place, 0);
  EXPECT_EQ(claimed->claim.member, programme.KeyOf("ada"));
  EXPECT_EQ(claimed->claim.price, 40);
  EXPECT_EQ(claimed->time.start, Now());
  EXPECT_NE(claimed->claim.hold, "");
  EXPECT_NE(claimed->claim.capture, "");
  EXPECT_EQ(BalanceOf("ada"), 60);
  EXPECT_EQ(GateOf("ada"), GateOutcome::kInsider);
  EXPECT_EQ(GateOf("bob"), GateOutcome::kNoSeat);
}

TEST_F(SeatsTest, OthersWaitInTheirOrderAndOnlyHoldThePrice) {
  const domain::Revision adas = Claim("ada")->claim.id;
  const auto bobs = Claim("bob");
  const auto cyds = Claim("cyd");
  ASSERT_THAT(cyds, IsOk());
  EXPECT_EQ(bobs->state, SeatState::kWaiting);
  EXPECT_EQ(bobs->place, 1);
  EXPECT_EQ(cyds->place, 2);
  EXPECT_EQ(BalanceOf("bob"), 100);
  EXPECT_EQ(AvailableOf("bob"), 60);

  // In time: the price comes back, and the next one has the seat at that instant, before any job.
  Go(hours(23));
  const auto given_back = GiveBack("ada", adas);
  ASSERT_THAT(given_back, IsOk());
  EXPECT_EQ(given_back->state, SeatState::kGivenBack);
  EXPECT_NE(given_back->claim.voiding, "");
  EXPECT_EQ(AvailableOf("ada"), 100);
  EXPECT_EQ(Seen(bobs->claim.id).state, SeatState::kGranted);
  EXPECT_EQ(Seen(bobs->claim.id).time.start, Now());
  EXPECT_EQ(Seen(cyds->claim.id).place, 1);
  EXPECT_EQ(GateOf("bob"), GateOutcome::kInsider);
  EXPECT_EQ(GateOf("ada"), GateOutcome::kNoSeat);
  EXPECT_EQ(BalanceOf("bob"), 100);
  programme.DoWhatIsDue();
  EXPECT_EQ(BalanceOf("bob"), 60);
  EXPECT_EQ(AvailableOf("bob"), 60);
  EXPECT_EQ(AvailableOf("cyd"), 60);
  EXPECT_THAT(GiveBack("ada", adas), HasReason(Reason::kIllegalMove));
  EXPECT_THAT(Revoke("ada", adas), HasReason(Reason::kIllegalMove));
  // And ada may come back to the end of the list.
  EXPECT_EQ(Claim("ada")->place, 2);
}

TEST_F(SeatsTest, WhatIsGivenBackAfterADayIsPaid) {
  const domain::Revision id = Claim("ada")->claim.id;
  Go(hours(24));
  const auto given_back = GiveBack("ada", id);
  ASSERT_THAT(given_back, IsOk());
  EXPECT_EQ(given_back->claim.voiding, "");
  EXPECT_EQ(BalanceOf("ada"), 60);
}

TEST_F(SeatsTest, WhoGivesASeatBackBeforeItIsPaidPaysNothing) {
  const domain::Revision adas = Claim("ada")->claim.id;
  const domain::Revision bobs = Claim("bob")->claim.id;
  ASSERT_THAT(GiveBack("ada", adas), IsOk());
  // No job has run.
  ASSERT_THAT(GiveBack("bob", bobs), IsOk());
  EXPECT_EQ(AvailableOf("bob"), 100);
  EXPECT_EQ(Seen(bobs).claim.capture, "");
  programme.DoWhatIsDue();
  EXPECT_EQ(AvailableOf("bob"), 100);
}

TEST_F(SeatsTest, WhoLeavesTheListPaysNothing) {
  ASSERT_THAT(Claim("ada"), IsOk());
  const domain::Revision bobs = Claim("bob")->claim.id;
  const domain::Revision cyds = Claim("cyd")->claim.id;
  ASSERT_THAT(GiveBack("bob", bobs), IsOk());
  EXPECT_EQ(AvailableOf("bob"), 100);
  const auto revoked = Revoke("cyd", cyds);
  ASSERT_THAT(revoked, IsOk());
  EXPECT_EQ(revoked->state, SeatState::kRevoked);
  EXPECT_EQ(revoked->claim.reason, "a leak");
  EXPECT_EQ(AvailableOf("cyd"), 100);
  EXPECT_EQ(Claim("dan")->place, 1);
}

TEST_F(SeatsTest, ARevokedSeatIsPaidAndGoesToTheNext) {
  const domain::Revision adas = Claim("ada")->claim.id;
  const domain::Revision bobs = Claim("bob")->claim.id;
  Go(std::chrono::seconds(1));  // A seat of no time would be no seat.
  ASSERT_THAT(Revoke("ada", adas), IsOk());
  EXPECT_EQ(BalanceOf("ada"), 60);
  EXPECT_EQ(GateOf("ada"), GateOutcome::kNoSeat);
  EXPECT_EQ(Seen(bobs).state, SeatState::kGranted);
  programme.DoWhatIsDue();
  EXPECT_EQ(BalanceOf("bob"), 60);
}

TEST_F(SeatsTest, TimeAloneGrantsAndTheJobOnlyMovesThePrice) {
  ChangeItem([](InsiderItem& item) { item.seat_days = 2; });
  const domain::Revision adas = Claim("ada")->claim.id;
  const domain::Revision bobs = Claim("bob")->claim.id;
  const domain::Revision cyds = Claim("cyd")->claim.id;
  Go(days(2) - Duration(1));
  EXPECT_EQ(Seen(bobs).state, SeatState::kWaiting);
  Go(Duration(1));
  EXPECT_EQ(Seen(adas).state, SeatState::kExpired);
  EXPECT_EQ(Seen(bobs).state, SeatState::kGranted);
  EXPECT_EQ(GateOf("bob"), GateOutcome::kInsider);
  EXPECT_EQ(GateOf("ada"), GateOutcome::kNoSeat);
  // The job comes much later, and finds the states of then.
  Go(days(3));
  programme.DoWhatIsDue();
  EXPECT_EQ(Seen(bobs).state, SeatState::kExpired);
  EXPECT_EQ(Seen(cyds).state, SeatState::kGranted);
  EXPECT_EQ(BalanceOf("bob"), 60);
  EXPECT_EQ(BalanceOf("cyd"), 60);
  Go(days(1));
  programme.DoWhatIsDue();
  for (const SeatView& one : All()) {
    EXPECT_EQ(one.state, SeatState::kExpired);
    EXPECT_EQ(one.claim.due_time, std::nullopt);
  }
}

TEST_F(SeatsTest, TheEndOfTheItemFreesWhoWaited) {
  ChangeItem([&](InsiderItem& item) { item.close_time = Now() + days(7); });
  ASSERT_THAT(Claim("ada"), IsOk());
  const domain::Revision bobs = Claim("bob")->claim.id;
  Go(days(7));
  EXPECT_EQ(Seen(bobs).state, SeatState::kExpired);
  EXPECT_THAT(Claim("cyd"), HasReason(Reason::kNotFound));
  programme.DoWhatIsDue();
  EXPECT_EQ(BalanceOf("ada"), 60);
  EXPECT_EQ(AvailableOf("bob"), 100);
}

TEST_F(SeatsTest, MoreSeatsAreGrantedAtOnceAndPaidByTheJob) {
  ASSERT_THAT(Claim("ada"), IsOk());
  const domain::Revision bobs = Claim("bob")->claim.id;
  const domain::Revision cyds = Claim("cyd")->claim.id;
  const domain::Revision dans = Claim("dan")->claim.id;
  Go(hours(1));
  Edit([](InsiderItem& item) { item.seats = 3; });
  for (const domain::Revision id : {bobs, cyds}) {
    EXPECT_EQ(Seen(id).state, SeatState::kGranted);
    EXPECT_EQ(Seen(id).time.start, Now());
    EXPECT_EQ(Seen(id).claim.due_time, Now());
    EXPECT_EQ(Seen(id).claim.capture, "");
  }
  EXPECT_EQ(Seen(dans).place, 1);
  programme.DoWhatIsDue();
  EXPECT_EQ(BalanceOf("bob"), 60);
  EXPECT_EQ(BalanceOf("cyd"), 60);
  EXPECT_EQ(BalanceOf("dan"), 100);
  EXPECT_EQ(Seen(bobs).claim.due_time, std::nullopt);
}

TEST_F(SeatsTest, FewerSeatsTakeNoneAndLeaveThePriceDue) {
  const domain::Revision adas = Claim("ada")->claim.id;
  const domain::Revision bobs = Claim("bob")->claim.id;
  const domain::Revision cyds = Claim("cyd")->claim.id;
  Edit([](InsiderItem& item) { item.seats = 2; });
  const Time granted = Now();
  Go(hours(1));
  // The job has not run yet.
  Edit([](InsiderItem& item) { item.seats = 1; });
  EXPECT_EQ(Seen(bobs).state, SeatState::kGranted);
  EXPECT_EQ(Seen(bobs).time.start, granted);
  EXPECT_EQ(Seen(bobs).claim.due_time, granted);
  programme.DoWhatIsDue();
  EXPECT_EQ(BalanceOf("bob"), 60);
  // One of two seats that were given is too many.
  ASSERT_THAT(GiveBack("ada", adas), IsOk());
  EXPECT_EQ(BalanceOf("ada"), 100);
  EXPECT_EQ(Seen(cyds).place, 1);
  ASSERT_THAT(GiveBack("bob", bobs), IsOk());
  EXPECT_EQ(BalanceOf("bob"), 100);
  EXPECT_EQ(Seen(cyds).state, SeatState::kGranted);
  programme.DoWhatIsDue();
  EXPECT_EQ(BalanceOf("cyd"), 60);
}

TEST_F(SeatsTest, AWithdrawnItemFreesWhoWaitsAndNobodyWhoHadASeat) {
  const domain::Revision adas = Claim("ada")->claim.id;
  const domain::Revision bobs = Claim("bob")->claim.id;
  const domain::Revision cyds = Claim("cyd")->claim.id;
  ASSERT_THAT(GiveBack("ada", adas), IsOk());
  Go(hours(1));
  // No job has spent what bob owes for an hour.
  Withdraw();
  EXPECT_EQ(Seen(bobs).state, SeatState::kExpired);
  EXPECT_EQ(Seen(bobs).claim.due_time, Now() - hours(1));
  EXPECT_EQ(Seen(cyds).state, SeatState::kExpired);
  EXPECT_EQ(Seen(cyds).claim.due_time, Now());
  programme.DoWhatIsDue();
  EXPECT_EQ(AvailableOf("ada"), 100);
  EXPECT_EQ(BalanceOf("bob"), 60);
  EXPECT_EQ(AvailableOf("cyd"), 100);
  for (const SeatView& one : All()) {
    EXPECT_EQ(one.claim.due_time, std::nullopt);
  }
}

TEST_F(SeatsTest, WhoHasWaitedForAYearIsFree) {
  ASSERT_THAT(Claim("ada"), IsOk());
  const domain::Revision bobs = Claim("bob")->claim.id;
  Go(days(365) - Duration(1));
  programme.DoWhatIsDue();
  EXPECT_EQ(Seen(bobs).state, SeatState::kWaiting);
  EXPECT_EQ(Seen(bobs).claim.voiding, "");
  Go(Duration(1));
  EXPECT_EQ(Seen(bobs).state, SeatState::kExpired);
  programme.DoWhatIsDue();
  EXPECT_NE(Seen(bobs).claim.voiding, "");
}

TEST_F(SeatsTest, AnItemThatLacksMoreThanASeatIsNotThere) {
  const auto missing = Claim("ada", "nothing");
  EXPECT_THAT(missing, HasReason(Reason::kNotFound));
  EXPECT_EQ(missing.status().message(), "programs/demo/items/nothing was not found");
  const std::map<std::string, std::function<void(InsiderItem&)>> faults = {
      {"draft", [](InsiderItem& item) { item.open_time.reset(); }},
      {"scheduled", [&](InsiderItem& item) { item.open_time = Now() + days(1); }},
      {"withdrawn", [&](InsiderItem& item) { item.withdraw_time = Now(); }},
      {"closed", [&](InsiderItem& item) { item.close_time = Now(); }},
      {"not for ada", [](InsiderItem& item) { item.audience = "kind:partner"; }},
      {"an agreement", [](InsiderItem& item) { item.agreement = "nda"; }},
  };
  for (const auto& [name, fault] : faults) {
    ChangeItem(fault);
    const auto hidden = Claim("ada");
    EXPECT_THAT(hidden, HasReason(Reason::kNotFound)) << name;
    EXPECT_EQ(hidden.status().message(), "programs/demo/items/preview was not found") << name;
    EXPECT_THAT(ClaimableBy("ada"), IsEmpty()) << name;
    InsiderItem again = Preview();
    again.seats = 1;
    again.open_time = Now();
    Put(again);
  }
  Suspend("ada");
  EXPECT_THAT(Claim("ada"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Claim("nobody"), HasReason(Reason::kNotFound));
  EXPECT_THAT(All(), IsEmpty());
}

TEST_F(SeatsTest, OnePersonHasOneOpenClaim) {
  const domain::Revision adas = Claim("ada")->claim.id;
  const auto again = Claim("ada");
  EXPECT_THAT(again, HasReason(Reason::kAlreadyExists));
  EXPECT_THAT(std::string(again.status().message()),
              testing::HasSubstr("programs/demo/members/ada/seats/" + std::to_string(adas)));
  ASSERT_THAT(Claim("bob"), IsOk());
  EXPECT_THAT(Claim("bob"), HasReason(Reason::kAlreadyExists));
  // Two members that are one person.
  ASSERT_THAT(Merge("bob", "cyd"), IsOk());
  EXPECT_THAT(Claim("cyd"), HasReason(Reason::kAlreadyExists));
  EXPECT_EQ(AvailableOf("bob"), 160);
  // Of another member the claim is not there.
  EXPECT_THAT(GiveBack("bob", adas), HasReason(Reason::kNotFound));
  EXPECT_THAT(GiveBack("ada", 999), HasReason(Reason::kNotFound));
}

TEST_F(SeatsTest, WhatIsOpenNeedsNoSeat) {
  InsiderItem open = Preview();
  open.id = "open";
  Put(open);
  EXPECT_THAT(Claim("ada", "open"), HasReason(Reason::kSeatNotNeeded));
  InsiderItem dear = Preview();
  dear.id = "dear";
  dear.seats = 5;
  dear.seat_price = 101;
  Put(dear);
  EXPECT_THAT(Claim("ada", "dear"), HasReason(Reason::kInsufficientFunds));
  EXPECT_THAT(All("dear"), IsEmpty());
  ChangeItem([](InsiderItem& item) { item.seat_price = 0; }, "dear");
  const auto free = Claim("ada", "dear");
  ASSERT_THAT(free, IsOk());
  EXPECT_EQ(free->claim.hold, "");
  EXPECT_EQ(free->claim.due_time, std::nullopt);
}

TEST_F(SeatsTest, AClaimableItemSaysHowManyComeBefore) {
  InsiderItem other = Preview();
  other.id = "other";
  other.seats = 3;
  Put(other);
  ASSERT_THAT(Claim("ada"), IsOk());
  const domain::Revision bobs = Claim("bob")->claim.id;
  const auto cyds = ClaimableBy("cyd");
  ASSERT_EQ(cyds.size(), 2U);
  EXPECT_EQ(cyds[0].item.id, "other");
  EXPECT_EQ(cyds[0].free, 3);
  EXPECT_EQ(cyds[0].waiting, 0);
  EXPECT_EQ(cyds[1].item.id, "preview");
  EXPECT_EQ(cyds[1].free, 0);
  EXPECT_EQ(cyds[1].waiting, 1);
  EXPECT_EQ(cyds[1].claim, 0);
  EXPECT_EQ(ClaimableBy("bob")[1].claim, bobs);
  // Who has a seat claims none.
  EXPECT_EQ(ClaimableBy("ada").size(), 1U);
  EXPECT_EQ(ClaimableBy("cyd", 1).size(), 1U);
  EXPECT_EQ(ClaimableBy("cyd", 100, "other").size(), 1U);
}

TEST_F(SeatsTest, AClaimStaysAMembersOwnWhenItsItemIsHidden) {
  const domain::Revision id = Claim("ada")->claim.id;
  ASSERT_THAT(Claim("bob"), IsOk());
  EXPECT_TRUE(OwnOf("ada")[0].item_is_known);
  EXPECT_TRUE(OwnOf("bob")[0].item_is_known);
  ChangeItem([](InsiderItem& item) { item.audience = "kind:partner"; });
  ASSERT_EQ(OwnOf("ada").size(), 1U);
  EXPECT_FALSE(OwnOf("ada")[0].item_is_known);
  EXPECT_FALSE(OwnOf("bob")[0].item_is_known);
  const auto given_back = GiveBack("ada", id);
  ASSERT_THAT(given_back, IsOk());
  EXPECT_FALSE(given_back->item_is_known);
  EXPECT_THAT(OwnOf("cyd"), IsEmpty());
}

TEST_F(SeatsTest, AnErasureGivesTheSeatToTheNext) {
  const domain::Revision adas = Claim("ada")->claim.id;
  const domain::Revision bobs = Claim("bob")->claim.id;
  const domain::Revision cyds = Claim("cyd")->claim.id;
  ASSERT_THAT(Erase("bob"), IsOk());
  EXPECT_EQ(Seen(bobs).state, SeatState::kRevoked);
  EXPECT_EQ(Seen(cyds).place, 1);
  ASSERT_THAT(Erase("ada"), IsOk());
  EXPECT_EQ(Seen(adas).state, SeatState::kRevoked);
  EXPECT_EQ(Seen(cyds).state, SeatState::kGranted);
  EXPECT_EQ(GateOf("cyd"), GateOutcome::kInsider);
  programme.DoWhatIsDue();
  EXPECT_EQ(BalanceOf("cyd"), 60);
  for (const SeatView& one : All()) {
    EXPECT_EQ(one.claim.due_time, std::nullopt);
  }
  EXPECT_EQ(Claim("dan")->place, 1);
}

// The seat was granted, and before a job could spend the price its member is erased.
TEST_F(SeatsTest, AnErasureBeforeThePriceIsSpentLeavesNothingDue) {
  const domain::Revision adas = Claim("ada")->claim.id;
  const domain::Revision bobs = Claim("bob")->claim.id;
  ASSERT_THAT(GiveBack("ada", adas), IsOk());
  ASSERT_THAT(Erase("bob"), IsOk());
  EXPECT_EQ(Seen(bobs).claim.capture, "");
  EXPECT_NE(Seen(bobs).claim.voiding, "");
  EXPECT_EQ(Seen(bobs).claim.due_time, std::nullopt);
  programme.DoWhatIsDue();
}

TEST_F(SeatsTest, ItsTransfersAreNotMovedByHand) {
  const auto claimed = Claim("ada");
  EXPECT_THAT(CheckNoSeat(claimed->claim.hold), HasReason(Reason::kOfSeat));
  EXPECT_THAT(CheckNoSeat(claimed->claim.capture), HasReason(Reason::kOfSeat));
  EXPECT_THAT(CheckNoSeat(domain::FormatTransferId(programme.Earn("ada", 1, Now(), "access"))),
              IsOk());
  EXPECT_THAT(CheckNoSeat("9999-0"), HasReason(Reason::kNotFound));
}

TEST_F(SeatsTest, ClaimsAreCountedByTheirState) {
  ASSERT_THAT(Claim("ada"), IsOk());
  ASSERT_THAT(Claim("bob"), IsOk());
  const domain::Revision cyds = Claim("cyd")->claim.id;
  ASSERT_THAT(GiveBack("cyd", cyds), IsOk());
  const auto counts = Reading(
      [&](ports::StoreReader& reader) { return use_cases::CountSeats(reader, "demo", Now()); });
  EXPECT_THAT(*counts, ElementsAre(Pair(SeatState::kWaiting, 1), Pair(SeatState::kGranted, 1),
                                   Pair(SeatState::kGivenBack, 1)));
}

}  // namespace
}  // namespace perigee::tests
