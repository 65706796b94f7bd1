#include "server/use_cases/inbox/inbox_changes.h"

#include <chrono>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/program/program.h"
#include "tests/use_cases/inbox/inboxes.h"

namespace perigee::tests {
namespace {

using std::chrono::hours;

using InboxChangesTest = InboxesTest;

TEST_F(InboxChangesTest, WhatIsMarkedIsReadAndWhatComesLaterIsNot) {
  Thank("ada");
  Wait(hours(1));
  WriteItem(MakeItem("roadmap"));
  Wait(hours(1));
  Thank("ada");
  const auto all = List("ada").notices;  // Thanks, the item, thanks.
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(Unread("ada"), 3);
  ASSERT_THAT(Read("ada", {all[0].notice.place}), IsOk());
  EXPECT_EQ(Unread("ada"), 2);
  EXPECT_TRUE(List("ada").notices[0].read);
  ASSERT_THAT(Read("ada", {}, all[1].notice.place), IsOk());
  EXPECT_EQ(Unread("ada"), 0);
  const domain::Revision head = programme.head;
  ASSERT_THAT(Read("ada", {}, all[0].notice.place), IsOk());  // Nothing changes.
  Wait(hours(1));
  Thank("ada");
  EXPECT_EQ(Unread("ada"), 1);
  EXPECT_LE(programme.head, head + 2);
}

TEST_F(InboxChangesTest, WhatOpensLaterIsUnreadHoweverLongAgoItCameToBe) {
  domain::InsiderItem item = MakeItem("roadmap");
  item.audience = "badge:friend";
  WriteItem(item);
  Wait(hours(1));
  Thank("ada");
  ASSERT_THAT(Read("ada", {}, List("ada").notices.front().notice.place), IsOk());
  EXPECT_EQ(Unread("ada"), 0);
  // The badge lets her in, and does not say since when.
  programme.ChangeMember("ada", [](domain::Member& member) { member.badges = {"friend"}; });
  use_cases::InboxQuery unread;
  unread.unread_only = true;
  EXPECT_THAT(Listed("ada", unread), testing::ElementsAre(Kind::kItemOpened));
}

TEST_F(InboxChangesTest, OnlyWhatIsInTheInboxIsMarked) {
  Thank("bob");
  const domain::InboxPlace bobs = List("bob").notices.front().notice.place;
  EXPECT_THAT(Read("ada", {bobs}), HasReason(Reason::kNotFound));
  EXPECT_THAT(Read("ada", {}, bobs), HasReason(Reason::kNotFound));
  domain::InboxPlace none;
  none.revision = 1'000'000;
  none.number = 1;
  EXPECT_THAT(Read("ada", {none}), HasReason(Reason::kNotFound));
  domain::InboxPlace hidden;
  hidden.standing = domain::StandingKey("items/roadmap");
  hidden.stage = 1;
  domain::InsiderItem item = MakeItem("roadmap");
  item.audience = "title:mvp";
  WriteItem(item);
  EXPECT_THAT(Read("ada", {hidden}), HasReason(Reason::kNotFound));
  EXPECT_THAT(Read("nobody", {hidden}), HasReason(Reason::kNotFound));
}

TEST_F(InboxChangesTest, SettingsAreOfThePersonAndHaveAnEtag) {
  const auto set = Set("ada", [](auto& settings) { settings.quiet_end = 60; });
  ASSERT_THAT(set, IsOk());
  EXPECT_EQ(set->revision, programme.head);
  EXPECT_THAT(Set(
                  "ada", [](auto&) {}, domain::Etag(set->revision - 1)),
              HasReason(Reason::kEtagMismatch));
  EXPECT_THAT(Set(
                  "ada", [](auto&) {}, domain::Etag(set->revision)),
              IsOk());
  EXPECT_THAT(Set("ada", [](auto& settings) { settings.time_zone = "Nowhere"; }),
              IsInvalidField("settings.time_zone"));
  EXPECT_THAT(Set("nobody", [](auto&) {}), HasReason(Reason::kNotFound));
  Look("bob", [](use_cases::Inbox& inbox) { EXPECT_EQ(inbox.Settings().value().quiet_end, 0); });
}

}  // namespace
}  // namespace perigee::tests
