#include "server/use_cases/inbox/inbox.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/use_cases/inbox/inboxes.h"

namespace perigee::tests {
namespace {

using std::chrono::days;
using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Duration kTick{1};

using InboxTest = InboxesTest;

TEST_F(InboxTest, AnEmbargoLiftsAtItsInstantAndNotBefore) {
  domain::InsiderItem item = MakeItem("roadmap");
  item.audience = "title:mvp";
  item.open_time = Now() + hours(1);
  WriteItem(item);
  ASSERT_THAT(Appoint("ada"), IsOk());
  domain::InboxPosition adas = Position("ada");
  domain::InboxPosition bobs = Position("bob");

  Wait(hours(1) - kTick);
  EXPECT_THAT(News("ada", adas), IsEmpty());
  Wait(kTick);
  EXPECT_THAT(News("ada", adas), ElementsAre(Kind::kItemOpened));
  EXPECT_THAT(News("ada", adas), IsEmpty());
  EXPECT_THAT(News("bob", bobs), IsEmpty());
  EXPECT_THAT(Listed("bob"), IsEmpty());

  programme.clock.Set(item.releases[0].time - kTick);
  EXPECT_THAT(News("bob", bobs), IsEmpty());
  Wait(kTick);
  EXPECT_THAT(News("bob", bobs), ElementsAre(Kind::kItemReleased));
  EXPECT_THAT(News("ada", adas), ElementsAre(Kind::kItemReleased));
  EXPECT_THAT(Listed("ada"), ElementsAre(Kind::kItemReleased, Kind::kAppointed));
}

TEST_F(InboxTest, ALookSaysWhenTimeAloneChangesIt) {
  const domain::InsiderItem item = WriteItem(MakeItem("roadmap"));
  Look("bob", [&](use_cases::Inbox& inbox) {
    EXPECT_EQ(inbox.Standing().value()->next(), item.releases[0].time);
  });
  Wait(days(11));
  Look("bob",
       [&](use_cases::Inbox& inbox) { EXPECT_EQ(inbox.Standing().value()->next(), kEndOfTime); });
  // Who counts days is asked again soon.
  domain::InsiderItem counted = MakeItem("counted");
  counted.audience = "member_for >= 90d";
  WriteItem(counted);
  Look("bob", [&](use_cases::Inbox& inbox) {
    EXPECT_EQ(inbox.Standing().value()->next(), Now() + std::chrono::minutes(5));
  });
}

TEST_F(InboxTest, WhoeverIsLetInLaterIsToldThen) {
  domain::InsiderItem item = MakeItem("roadmap");
  item.audience = "title:mvp";
  WriteItem(item);
  domain::InboxPosition position = Position("ada");
  Wait(days(1));
  ASSERT_THAT(Appoint("ada"), IsOk());
  EXPECT_THAT(News("ada", position), ElementsAre(Kind::kItemOpened, Kind::kAppointed));
  // It stands where the title let her in, not where the item opened.
  EXPECT_EQ(List("ada").notices.back().notice.place.time, Now());
}

TEST_F(InboxTest, AnAgreementIsAskedForAndThenTheItemIsOpen) {
  domain::Agreement agreement;
  agreement.id = "secrecy";
  agreement.version = 1;
  Write(agreement);
  domain::InsiderItem item = MakeItem("roadmap");
  item.agreement = "secrecy";
  WriteItem(item);
  EXPECT_THAT(Listed("ada"), ElementsAre(Kind::kAgreementNeeded));
  domain::InboxPosition position = Position("ada");

  Wait(hours(1));
  domain::Acceptance acceptance;
  acceptance.id = 1;
  acceptance.member = programme.KeyOf("ada");
  acceptance.agreement = "secrecy";
  acceptance.version = 1;
  acceptance.create_time = Now();
  acceptance.accept_time = Now();
  acceptance.expire_time = Now() + days(2);
  Write(acceptance);
  EXPECT_THAT(News("ada", position), ElementsAre(Kind::kItemOpened));
  EXPECT_EQ(List("ada").notices.front().notice.place.time, Now());

  Wait(days(2) - kTick);
  EXPECT_THAT(News("ada", position), IsEmpty());
  Wait(kTick);
  EXPECT_THAT(News("ada", position), ElementsAre(Kind::kAgreementNeeded));
  EXPECT_THAT(Listed("ada"), ElementsAre(Kind::kAgreementNeeded));  // The item is gone.
}

TEST_F(InboxTest, ASeatThatIsGivenBackFallsToWhoWaits) {
  domain::InsiderItem item = MakeItem("preview");
  item.seats = 1;
  item.seats_time = Now();
  WriteItem(item);
  domain::Seat adas;
  adas.id = 1;
  adas.member = programme.KeyOf("ada");
  adas.item = "preview";
  adas.create_time = Now();
  Write(adas);
  domain::Seat bobs = adas;
  bobs.id = 2;
  bobs.member = programme.KeyOf("bob");
  Write(bobs);
  EXPECT_THAT(Listed("ada"), ElementsAre(Kind::kItemOpened));
  EXPECT_THAT(Listed("bob"), IsEmpty());
  Look("bob", [](use_cases::Inbox& inbox) {
    ASSERT_THAT(inbox.Standing(), IsOk());
    EXPECT_THAT(inbox.waits_for(), ElementsAre("preview"));
  });
  domain::InboxPosition position = Position("bob");

  Wait(hours(1));
  adas.give_back_time = Now();
  Write(adas);
  EXPECT_THAT(News("bob", position),
              testing::UnorderedElementsAre(Kind::kSeatGranted, Kind::kItemOpened));
  EXPECT_THAT(Listed("ada"), IsEmpty());  // Whoever gives a seat back knows.
}

TEST_F(InboxTest, ANewTextIsToldToThoseWhoSeeTheItem) {
  domain::InsiderItem item = WriteItem(MakeItem("roadmap"));
  domain::InboxPosition position = Position("ada");
  Wait(hours(1));
  WriteVersion(item);
  EXPECT_THAT(News("ada", position), ElementsAre(Kind::kItemVersion));
  Wait(hours(1));
  WriteVersion(item);
  EXPECT_THAT(News("ada", position), ElementsAre(Kind::kItemVersion));
  // The newest takes the place of the others.
  EXPECT_THAT(Listed("ada"), ElementsAre(Kind::kItemVersion, Kind::kItemOpened));
}

TEST_F(InboxTest, WhatClosesIsGoneAndIsNotToldTwice) {
  domain::InsiderItem item = WriteItem(MakeItem("roadmap"));
  domain::InboxPosition position;
  EXPECT_THAT(News("ada", position), ElementsAre(Kind::kItemOpened));
  const auto suspend = [&](domain::Standing standing) {
    programme.ChangeMember("ada", [&](domain::Member& member) { member.standing = standing; });
  };
  suspend(domain::Standing::kSuspended);
  EXPECT_THAT(Listed("ada"), IsEmpty());
  EXPECT_THAT(News("ada", position), IsEmpty());
  suspend(domain::Standing::kGood);
  EXPECT_THAT(Listed("ada"), ElementsAre(Kind::kItemOpened));
  EXPECT_THAT(News("ada", position), IsEmpty());
  item.withdraw_time = Now();
  WriteItem(item);
  EXPECT_THAT(Listed("ada"), IsEmpty());
}

TEST_F(InboxTest, AMovedIdeaIsHiddenAsItsItemIs) {
  domain::InsiderItem item = WriteItem(MakeItem("roadmap"));
  domain::Idea idea;
  idea.member = programme.KeyOf("ada");
  idea.state = domain::IdeaState::kPlanned;
  idea.title = "A bell";
  const auto write = [&] {
    Write<domain::Idea>(idea,
                        [](auto& record, domain::Revision revision) { record.id = revision; });
  };
  domain::InboxPosition position = Position("ada");
  write();
  EXPECT_THAT(News("ada", position), ElementsAre(Kind::kIdeaMoved));
  idea.item = "roadmap";
  write();
  EXPECT_THAT(News("ada", position), ElementsAre(Kind::kIdeaMoved));
  const use_cases::InboxPage before = List("ada");
  item.withdraw_time = Now();
  WriteItem(item);
  write();
  EXPECT_THAT(News("ada", position), IsEmpty());
  EXPECT_THAT(Listed("ada"), ElementsAre(Kind::kIdeaMoved));
  EXPECT_THAT(Read("ada", {before.notices.front().notice.place}), HasReason(Reason::kNotFound));
}

TEST_F(InboxTest, WhoIsAskedForAnAgreementIsNotAskedTwice) {
  domain::Agreement agreement;
  agreement.id = "secrecy";
  agreement.version = 1;
  Write(agreement);
  domain::InsiderItem item = MakeItem("roadmap");
  item.agreement = "secrecy";
  WriteItem(item);
  domain::InboxPosition position;
  EXPECT_THAT(News("ada", position), ElementsAre(Kind::kAgreementNeeded));
  for (const auto standing : {domain::Standing::kSuspended, domain::Standing::kGood}) {
    programme.ChangeMember("ada", [&](domain::Member& member) { member.standing = standing; });
    EXPECT_THAT(News("ada", position), IsEmpty());
  }
}

TEST_F(InboxTest, MergedMembersHaveOneInbox) {
  Thank("ada");
  Thank("bob");
  EXPECT_THAT(Listed("ada"), ElementsAre(Kind::kThanksReceived));
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  EXPECT_THAT(Listed("ada"), ElementsAre(Kind::kThanksReceived, Kind::kThanksReceived));
  EXPECT_EQ(Listed("bob"), Listed("ada"));
}

TEST_F(InboxTest, NoticesOfTheTimeAreLeftOutAfterNinetyDays) {
  WriteItem(MakeItem("roadmap", hours(1)));
  Wait(hours(1) + domain::kStandsFor - kTick);
  EXPECT_THAT(Listed("bob"), ElementsAre(Kind::kItemReleased));
  Wait(kTick);
  EXPECT_THAT(Listed("bob"), IsEmpty());
  EXPECT_TRUE(Position("bob").told().empty());
}

}  // namespace
}  // namespace perigee::tests
