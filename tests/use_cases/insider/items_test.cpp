#include "server/use_cases/insider/items.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/member/trait.h"
#include "server/domain/program/program.h"
#include "server/use_cases/lookup.h"
#include "tests/use_cases/insider/items.h"

namespace perigee::tests {
namespace {

using domain::InsiderItem;
using domain::ItemState;
using domain::Seat;
using testing::ElementsAre;
using testing::IsEmpty;

Time At(const char* text) { return *ParseTime(text); }

// The midnights of 1 December.
const Time kEast = At("2026-11-30T11:00:00Z");
const Time kSouth = At("2026-12-01T03:00:00Z");

TEST_F(InsiderItemsTest, AnItemIsMadeOnceAsADraft) {
  const InsiderItem made = Stored();
  EXPECT_EQ(StateOf(made, Now()), ItemState::kDraft);
  EXPECT_EQ(made.create_time, Now());
  EXPECT_EQ(made.seats_time, Now());
  EXPECT_EQ(made.edit_revision, made.revision);
  EXPECT_EQ(made.due_time, std::nullopt);
  EXPECT_THAT(Create(Bike()), HasReason(Reason::kAlreadyExists));
}

TEST_F(InsiderItemsTest, WhatAnItemNamesIsThere) {
  EXPECT_THAT(Change([](InsiderItem& i) { i.agreement = "secrecy"; }),
              HasReason(Reason::kNotFound));
  domain::Agreement secrecy;
  secrecy.id = "secrecy";
  secrecy.display_name = "Keep it to yourself";
  PutRecord(secrecy);
  EXPECT_THAT(Change([](InsiderItem& i) { i.agreement = "secrecy"; }), IsOk());
  ASSERT_THAT(Open(), IsOk());
  EXPECT_EQ(OutcomeOf("cyd"), Outcome::kNotBound);

  EXPECT_THAT(Change([](InsiderItem& i) { i.seats = i.seat_price = 1; }), IsOk());
  domain::Asset access;
  programme.Read([&](ports::StoreReader& reader) {
    access = use_cases::RequireAsset(reader, "demo", "access").value();
    return absl::OkStatus();
  });
  access.spendable = false;
  PutRecord(access);
  EXPECT_THAT(Change([](InsiderItem& i) { i.seat_price = 2; }),
              HasReason(Reason::kAssetNotSpendable));
}

TEST_F(InsiderItemsTest, ADemographicAudienceNeedsAnOverride) {
  domain::FacetType type;
  type.id = "age";
  type.demographic = true;
  PutRecord(type);
  EXPECT_THAT(Change([](InsiderItem& i) { i.audience = "facet:age"; }),
              HasReason(Reason::kDemographicAudience));
  const auto release = [](InsiderItem& i) { i.releases[1].audience = "not facet:age"; };
  EXPECT_THAT(Change(release), HasReason(Reason::kDemographicAudience));
  EXPECT_THAT(Change([&](InsiderItem& i) {
                release(i);
                i.allow_demographic = true;
              }),
              IsOk());
}

TEST_F(InsiderItemsTest, EveryChangeByStaffGivesAnotherEtag) {
  const std::string first = domain::Etag(Stored().edit_revision);
  ASSERT_THAT(AddVersion("It folds."), IsOk());
  const auto edit = [](InsiderItem& i) { i.display_name = "A bike"; };
  EXPECT_THAT(Change(edit, first), HasReason(Reason::kEtagMismatch));
  const std::string second = domain::Etag(Stored().edit_revision);
  ASSERT_THAT(Open(), IsOk());
  EXPECT_THAT(Change(edit, second), HasReason(Reason::kEtagMismatch));
  EXPECT_THAT(Change(edit, domain::Etag(Stored().edit_revision)), IsOk());
  EXPECT_THAT(Change([](InsiderItem& i) { i.releases.clear(); }), HasReason(Reason::kItemFixed));
  EXPECT_EQ(Stored().display_name, "A bike");
}

TEST_F(InsiderItemsTest, AMissingItemIsNamed) {
  for (const absl::Status& status :
       {Move([](Time, InsiderItem&) { return absl::OkStatus(); }, "none").status(),
        AddVersion("Text", "none").status(), Preview("ada", Now(), "none").status()}) {
    EXPECT_THAT(status, HasReason(Reason::kNotFound));
    EXPECT_EQ(status.message(), "programs/demo/items/none was not found");
  }
  EXPECT_THAT(Preview("none", Now()), HasReason(Reason::kNotFound));
}

TEST_F(InsiderItemsTest, AMemberWouldSeeTheNewestBody) {
  EXPECT_EQ(Preview("cyd", Now())->version, std::nullopt);
  ASSERT_THAT(AddVersion("It folds."), IsOk());
  ASSERT_THAT(AddVersion("It folds twice."), IsOk());
  EXPECT_THAT(AddVersion(""), HasReason(Reason::kInvalidField));
  ASSERT_THAT(Open(), IsOk());
  const std::optional<domain::ItemVersion> seen = Preview("cyd", Now())->version;
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->body, "It folds twice.");
  programme.Read([&](ports::StoreReader& reader) {
    const auto version = [&](std::int64_t number) {
      return use_cases::RequireItemVersion(reader, "demo", "bike", number);
    };
    EXPECT_EQ(version(1)->body, "It folds.");
    EXPECT_EQ(version(2)->digest, seen->digest);
    EXPECT_THAT(version(3), HasReason(Reason::kNotFound));
    EXPECT_THAT(version(std::int64_t{1} << 32 | 1), HasReason(Reason::kNotFound));
    return absl::OkStatus();
  });
}

// No job runs.
TEST_F(InsiderItemsTest, AnEmbargoEndsAtTheMidnightOfEachCountry) {
  EXPECT_THAT(Outcomes(), ElementsAre(Outcome::kNotOpen, Outcome::kNotOpen, Outcome::kNotOpen));
  ASSERT_THAT(Open(), IsOk());
  const auto closed = Outcome::kNotInAudience;
  for (const Time before : {Now(), kEast - Duration(1)}) {
    programme.clock.Set(before);
    EXPECT_THAT(Outcomes(), ElementsAre(closed, closed, Outcome::kInsider));
  }
  for (const Time between : {kEast, kSouth - Duration(1)}) {
    programme.clock.Set(between);
    EXPECT_THAT(Outcomes(), ElementsAre(closed, Outcome::kReleased, Outcome::kInsider));
    EXPECT_EQ(StateOf(Stored(), between), ItemState::kEmbargoed);
  }
  programme.clock.Set(kSouth);
  EXPECT_THAT(Outcomes(), ElementsAre(Outcome::kReleased, Outcome::kReleased, Outcome::kInsider));
  EXPECT_EQ(StateOf(Stored(), kSouth), ItemState::kReleased);
}

TEST_F(InsiderItemsTest, APreviewLooksAhead) {
  const Time open = Now() + std::chrono::hours(1);
  ASSERT_THAT(Move([&](Time now, InsiderItem& item) { return Schedule(open, now, item); }), IsOk());
  EXPECT_EQ(Preview("cyd", Now())->outcome, Outcome::kNotOpen);
  EXPECT_EQ(Preview("cyd", open)->outcome, Outcome::kInsider);
  EXPECT_EQ(Preview("ada", kSouth - Duration(1))->outcome, Outcome::kNotInAudience);
  EXPECT_EQ(Preview("ada", kSouth)->outcome, Outcome::kReleased);
}

TEST_F(InsiderItemsTest, ALaterReleaseClosesTheGateAgainAndAWithdrawalForEver) {
  ASSERT_THAT(Open(), IsOk());
  programme.clock.Set(kSouth - Duration(1));
  ASSERT_THAT(Move([](Time now, InsiderItem& item) {
                return MoveRelease("south", "2026-12-02T00:00:00", "America/Santiago", now, item);
              }),
              IsOk());
  programme.clock.Set(kSouth);
  EXPECT_EQ(OutcomeOf("ada"), Outcome::kNotInAudience);
  ASSERT_THAT(Withdraw(), IsOk());
  EXPECT_THAT(Outcomes(),
              ElementsAre(Outcome::kWithdrawn, Outcome::kWithdrawn, Outcome::kWithdrawn));
  EXPECT_THAT(Open(), HasReason(Reason::kIllegalMove));
}

TEST_F(InsiderItemsTest, WorkThatIsDueOnlyListsTheNextInstant) {
  ASSERT_THAT(Open(), IsOk());
  const InsiderItem opened = Stored();
  EXPECT_EQ(opened.due_time, kEast);
  programme.clock.Set(kEast);
  programme.DoWhatIsDue();
  const InsiderItem settled = Stored();
  EXPECT_EQ(settled.due_time, kSouth);
  EXPECT_GT(settled.revision, opened.revision);
  EXPECT_EQ(settled.edit_revision, opened.edit_revision);
  programme.clock.Set(kSouth);
  programme.DoWhatIsDue();
  EXPECT_EQ(Stored().due_time, std::nullopt);
  EXPECT_THAT(programme.Findings(), IsEmpty());
}

TEST_F(InsiderItemsTest, TheInstantsAheadAreCounted) {
  const auto ahead = [&] {
    std::int64_t count = -1;
    programme.Read([&](ports::StoreReader& reader) {
      count = use_cases::CountReleasesAhead(reader, "demo", Now()).value();
      return absl::OkStatus();
    });
    return count;
  };
  EXPECT_EQ(ahead(), 0);
  ASSERT_THAT(Open(), IsOk());
  EXPECT_EQ(ahead(), 2);
  programme.clock.Set(kEast);
  EXPECT_EQ(ahead(), 1);
  programme.clock.Set(kSouth);
  EXPECT_EQ(ahead(), 0);
}

TEST_F(InsiderItemsTest, MoreSeatsGoToThoseWhoWaitAndFewerTakeNone) {
  for (const char* id : {"ada", "bob"}) {
    programme.ChangeMember(
        id, [](domain::Member& m) { m.kinds = {domain::StakeholderKind::kPartner}; });
  }
  ASSERT_THAT(Change([](InsiderItem& i) { i.seats = 1; }), IsOk());
  ASSERT_THAT(Open(), IsOk());
  Claim(5, "ada");
  Claim(6, "bob");
  Claim(7, "cyd");
  const Time claimed = Now();
  EXPECT_THAT(Outcomes(), ElementsAre(Outcome::kInsider, Outcome::kNoSeat, Outcome::kNoSeat));

  programme.clock.Advance(std::chrono::hours(1));
  ASSERT_THAT(Change([](InsiderItem& i) { i.seats = 2; }), IsOk());
  EXPECT_EQ(Stored().seats_time, Now());
  EXPECT_THAT(Outcomes(), ElementsAre(Outcome::kInsider, Outcome::kInsider, Outcome::kNoSeat));
  std::vector<Seat> claims = Claims();
  EXPECT_EQ(claims[0].granted_since, claimed);
  EXPECT_EQ(claims[0].due_time, std::nullopt);
  EXPECT_EQ(claims[1].due_time, std::nullopt);
  EXPECT_EQ(claims[2].due_time, claimed + domain::kSeatWaitMax);

  programme.clock.Advance(std::chrono::hours(1));
  ASSERT_THAT(Change([](InsiderItem& i) { i.seats = 1; }), IsOk());
  EXPECT_THAT(Outcomes(), ElementsAre(Outcome::kInsider, Outcome::kInsider, Outcome::kNoSeat));
  EXPECT_EQ(Claims()[1].granted_since, Now() - std::chrono::hours(1));
  EXPECT_THAT(programme.Findings(), IsEmpty());
}

TEST_F(InsiderItemsTest, ClaimsEndWithTheItem) {
  ASSERT_THAT(Change([](InsiderItem& i) { i.seats = 1; }), IsOk());
  ASSERT_THAT(Open(), IsOk());
  Claim(5, "cyd");
  Claim(6, "ada");
  const Time close = Now() + std::chrono::hours(2);
  ASSERT_THAT(Change([&](InsiderItem& i) { i.close_time = close; }), IsOk());
  for (const Seat& claim : Claims()) {
    EXPECT_EQ(claim.due_time, close);
  }
  const domain::Revision of_claims = Claims()[0].revision;
  ASSERT_THAT(Change([](InsiderItem& i) { i.display_name = "A bike"; }), IsOk());
  EXPECT_EQ(Claims()[0].revision, of_claims);

  programme.clock.Advance(std::chrono::hours(1));
  ASSERT_THAT(Withdraw(), IsOk());
  for (const Seat& claim : Claims()) {
    EXPECT_EQ(claim.due_time, std::nullopt);
  }
}

}  // namespace
}  // namespace perigee::tests
