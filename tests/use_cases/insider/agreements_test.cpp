#include "server/use_cases/insider/agreements.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "server/use_cases/decided.h"
#include "tests/use_cases/insider/insiders.h"

namespace perigee::tests {
namespace {

using domain::AcceptanceState;
using domain::Agreement;
using domain::GateOutcome;
using domain::InsiderItem;
using std::chrono::days;
using testing::ElementsAre;
using testing::IsEmpty;

// The item demands the agreement `nda`.
class AgreementsTest : public InsidersTest {
 protected:
  AgreementsTest() {
    MakeAgreement();
    ChangeItem([](InsiderItem& item) { item.agreement = "nda"; });
  }
  void TearDown() override { EXPECT_THAT(programme.Findings(), IsEmpty()); }

  absl::StatusOr<Agreement> Change(const std::function<void(Agreement&)>& change,
                                   const std::string& etag = "") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::UpdateAgreement(reader, unit, "demo", "nda", {change, etag});
    });
  }
  absl::StatusOr<use_cases::AcceptanceView> Withdraw(const std::string& member,
                                                     domain::Revision id) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::WithdrawAcceptance(reader, unit, {"demo", member, id});
    });
  }
  // The ids of the agreements that the member may know of, with a `!` behind those that bind.
  std::vector<std::string> KnownTo(const std::string& member) {
    const auto known = Reading([&](ports::StoreReader& reader) {
      return use_cases::KnownAgreements(reader, "demo", MemberOf(member), Now());
    });
    std::vector<std::string> ids;
    for (const use_cases::KnownAgreement& one : known.value()) {
      ids.push_back(one.agreement.id + (one.bound ? "!" : ""));
    }
    return ids;
  }
  std::vector<AcceptanceState> StatesOf(const std::string& member) {
    const auto own = Reading([&](ports::StoreReader& reader) {
      return use_cases::AcceptancesOf(reader, "demo", MemberOf(member));
    });
    std::vector<AcceptanceState> states;
    for (const use_cases::AcceptanceView& one : own.value()) {
      states.push_back(domain::StateOf(one.acceptance, one.agreement, Now()));
    }
    return states;
  }
};

TEST_F(AgreementsTest, StaffMakeAndChangeAgreements) {
  Agreement again;
  again.id = "nda";
  again.display_name = "Another";
  EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::CreateAgreement(reader, unit, "demo", again);
              }),
              HasReason(Reason::kAlreadyExists));
  EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::CreateAgreement(reader, unit, "other", again);
              }),
              HasReason(Reason::kNotFound));
  const auto changed = Change([](Agreement& agreement) { agreement.accepted_days = 30; });
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->accepted_days, 30);
  EXPECT_EQ(changed->version, 1);
  EXPECT_THAT(Change([](Agreement&) {}, "1"), HasReason(Reason::kEtagMismatch));
  EXPECT_THAT(Change([](Agreement& agreement) { agreement.required_version = 2; }),
              IsInvalidField("agreement.required_version"));
  const auto second = AddText("I tell nobody at all.", true);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->version, 2);
  EXPECT_THAT(AddText("", false), IsInvalidField("agreement.body"));
  const auto read = Reading([](ports::StoreReader& reader) {
    return use_cases::RequireAgreementVersion(reader, "demo", "nda", 2);
  });
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->body, "I tell nobody at all.");
  EXPECT_THAT(Reading([](ports::StoreReader& reader) {
                return use_cases::RequireAgreementVersion(reader, "demo", "nda", 3);
              }),
              HasReason(Reason::kNotFound));
}

TEST_F(AgreementsTest, ATextIsPresentedAndAcceptedByItsDigest) {
  EXPECT_EQ(GateOf("ada"), GateOutcome::kNotBound);
  EXPECT_THAT(KnownTo("ada"), ElementsAre("nda"));
  const auto presented = Present("ada");
  ASSERT_THAT(presented, IsOk());
  EXPECT_EQ(presented->version.body, "I tell nobody.");
  EXPECT_EQ(presented->acceptance.acceptance.digest, presented->version.digest);
  const domain::Revision id = presented->acceptance.acceptance.id;
  // The same open presentation, as long as there is no newer text.
  const domain::Revision head = programme.head;
  EXPECT_EQ(Present("ada")->acceptance.acceptance.id, id);
  EXPECT_EQ(programme.head, head);
  EXPECT_EQ(GateOf("ada"), GateOutcome::kNotBound);

  EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::AcceptAgreement(reader, unit, {"demo", "ada", id}, "abc", "");
              }),
              IsInvalidField("digest"));
  EXPECT_THAT(Accept("bob", *presented), HasReason(Reason::kNotFound));
  Go(days(1));
  const auto accepted = Accept("ada", *presented);
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->acceptance.accept_time, Now());
  EXPECT_EQ(accepted->acceptance.device, "a laptop");
  EXPECT_EQ(GateOf("ada"), GateOutcome::kInsider);
  EXPECT_EQ(GateOf("bob"), GateOutcome::kNotBound);
  EXPECT_THAT(KnownTo("ada"), ElementsAre("nda!"));
  EXPECT_THAT(Accept("ada", *presented), HasReason(Reason::kIllegalMove));
}

TEST_F(AgreementsTest, AnAgreementThatNobodyNeedsIsNotThere) {
  Agreement other;
  other.id = "other";
  other.display_name = "Of nothing";
  ASSERT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::CreateAgreement(reader, unit, "demo", other);
              }),
              IsOk());
  const auto expect_hidden = [&](const char* why) {
    EXPECT_THAT(KnownTo("ada"), IsEmpty()) << why;
    const auto hidden = Present("ada");
    EXPECT_THAT(hidden, HasReason(Reason::kNotFound)) << why;
    EXPECT_EQ(hidden.status().message(), "programs/demo/agreements/nda was not found") << why;
  };
  ChangeItem([](InsiderItem& item) { item.audience = "kind:partner"; });
  expect_hidden("not in the audience");
  ChangeItem([&](InsiderItem& item) {
    item.audience = "";
    item.open_time = Now() + days(1);
  });
  expect_hidden("not open");
  Go(days(1));
  EXPECT_THAT(KnownTo("ada"), ElementsAre("nda"));
  // Whether there is a seat does not matter.
  ChangeItem([](InsiderItem& item) { item.seats = 1; });
  EXPECT_THAT(KnownTo("ada"), ElementsAre("nda"));
  ChangeItem([&](InsiderItem& item) { item.withdraw_time = Now(); });
  expect_hidden("withdrawn");
  // An agreement without a text, and one that does not exist.
  ChangeItem([](InsiderItem& item) {
    item.withdraw_time.reset();
    item.agreement = "other";
  });
  expect_hidden("of no item");
  EXPECT_THAT(Present("ada", "other"), HasReason(Reason::kNotFound));
  ChangeItem([](InsiderItem& item) { item.agreement = "none"; });
  EXPECT_THAT(Present("ada", "none"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Present("nobody"), HasReason(Reason::kNotFound));
}

TEST_F(AgreementsTest, WhatWasAcceptedOnceStaysKnown) {
  ASSERT_THAT(Accept("ada"), IsOk());
  ASSERT_THAT(Present("bob"), IsOk());
  ChangeItem([&](InsiderItem& item) { item.withdraw_time = Now(); });
  EXPECT_THAT(KnownTo("ada"), ElementsAre("nda!"));
  EXPECT_THAT(KnownTo("bob"), IsEmpty());
  EXPECT_THAT(StatesOf("bob"), ElementsAre(AcceptanceState::kPresented));
  Suspend("ada");
  EXPECT_THAT(KnownTo("ada"), ElementsAre("nda!"));
  EXPECT_THAT(Present("ada"), IsOk());
}

// What it answers must not tell that the item is gone.
TEST_F(AgreementsTest, WhatWasPresentedMayBeAcceptedAfterItsItemIsHidden) {
  const auto presented = Present("ada");
  ChangeItem([&](InsiderItem& item) { item.withdraw_time = Now(); });
  EXPECT_THAT(Accept("ada", *presented), IsOk());
}

TEST_F(AgreementsTest, ARequiredTextClosesUntilItIsAccepted) {
  const auto first = Present("ada");
  ASSERT_THAT(Accept("ada", *first), IsOk());
  const auto bobs = Present("bob");
  ASSERT_THAT(AddText("A correction.", false), IsOk());
  EXPECT_EQ(GateOf("ada"), GateOutcome::kInsider);
  EXPECT_EQ(Present("bob")->version.version, 2);
  EXPECT_THAT(StatesOf("bob"),
              ElementsAre(AcceptanceState::kPresented, AcceptanceState::kPresented));
  ASSERT_THAT(AddText("Something else.", true), IsOk());
  EXPECT_EQ(GateOf("ada"), GateOutcome::kNotBound);
  EXPECT_THAT(KnownTo("ada"), ElementsAre("nda"));
  EXPECT_THAT(StatesOf("ada"), ElementsAre(AcceptanceState::kSuperseded));
  EXPECT_THAT(Accept("bob", *bobs), HasReason(Reason::kIllegalMove));
  const auto next = Present("ada");
  EXPECT_EQ(next->version.body, "Something else.");
  ASSERT_THAT(Accept("ada", *next), IsOk());
  EXPECT_EQ(GateOf("ada"), GateOutcome::kInsider);
}

TEST_F(AgreementsTest, AnAcceptanceEndsByTimeAndByItsMember) {
  ASSERT_THAT(Change([](Agreement& agreement) { agreement.accepted_days = 10; }), IsOk());
  const auto accepted = Accept("ada");
  ASSERT_THAT(accepted, IsOk());
  Go(days(10) - Duration(1));
  EXPECT_EQ(GateOf("ada"), GateOutcome::kInsider);
  Go(Duration(1));
  EXPECT_EQ(GateOf("ada"), GateOutcome::kNotBound);
  EXPECT_THAT(Withdraw("ada", accepted->acceptance.id), HasReason(Reason::kIllegalMove));
  const auto again = Accept("ada");
  ASSERT_THAT(again, IsOk());
  EXPECT_NE(again->acceptance.id, accepted->acceptance.id);
  EXPECT_THAT(Withdraw("bob", again->acceptance.id), HasReason(Reason::kNotFound));
  ASSERT_THAT(Withdraw("ada", again->acceptance.id), IsOk());
  EXPECT_EQ(GateOf("ada"), GateOutcome::kNotBound);
  EXPECT_THAT(StatesOf("ada"), ElementsAre(AcceptanceState::kExpired, AcceptanceState::kWithdrawn));
  EXPECT_THAT(Withdraw("ada", again->acceptance.id), HasReason(Reason::kIllegalMove));
}

TEST_F(AgreementsTest, WhatOneMemberAcceptedBindsThePerson) {
  const auto accepted = Accept("bob");
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  EXPECT_EQ(GateOf("ada"), GateOutcome::kInsider);
  EXPECT_EQ(GateOf("bob"), GateOutcome::kInsider);
  EXPECT_THAT(KnownTo("bob"), ElementsAre("nda!"));
  ASSERT_THAT(Withdraw("ada", accepted->acceptance.id), IsOk());
  EXPECT_EQ(GateOf("bob"), GateOutcome::kNotBound);
}

TEST_F(AgreementsTest, AnErasureWithdrawsWhatWasAccepted) {
  const domain::Revision id = Accept("ada")->acceptance.id;
  ASSERT_THAT(Present("bob"), IsOk());
  ASSERT_THAT(Erase("ada"), IsOk());
  ASSERT_THAT(Erase("bob"), IsOk());
  domain::Acceptance like;
  like.id = id;
  const auto found =
      Reading([&](ports::StoreReader& reader) { return reader.records().Find("demo", like); });
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->withdraw_time, Now());
  EXPECT_EQ((*found)->device, "");
}

}  // namespace
}  // namespace perigee::tests
