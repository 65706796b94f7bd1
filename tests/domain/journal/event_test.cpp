#include "server/domain/journal/event.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/domain/access/personal_read.h"
#include "server/domain/badge/badge_grant.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/delivery/webhook.h"
#include "server/domain/idea/idea.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/attachment.h"
#include "server/domain/insider/item.h"
#include "server/domain/insider/leak_case.h"
#include "server/domain/journal/journal.h"
#include "server/domain/member/member.h"

namespace perigee::tests {
namespace {

using domain::Event;
using domain::EventsOf;
using domain::JournalEntry;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

const Time kMade = *ParseTime("2026-11-20T12:00:00Z");
const Time kNow = *ParseTime("2026-11-21T12:00:00Z");

Uuid KeyOf(std::uint8_t n) {
  Uuid key;
  key.bytes[0] = n;
  return key;
}

JournalEntry EntryAt(Time time) {
  JournalEntry entry;
  entry.revision = 12;
  entry.time = time;
  return entry;
}

template <class R>
JournalEntry EntryWith(R record) {
  JournalEntry entry = EntryAt(kNow);
  entry.changes.records.Put(std::move(record));
  return entry;
}

std::vector<std::string> TypesOf(const JournalEntry& entry) {
  std::vector<std::string> types;
  for (const Event& event : EventsOf(entry)) {
    types.push_back(event.type);
  }
  return types;
}

domain::Appointment Appointment() {
  domain::Appointment one;
  one.id = "7";
  one.member = KeyOf(1);
  one.title = "mvp";
  one.create_time = kMade;
  return one;
}

TEST(EventTest, AnAppointmentTellsWhatBecameOfIt) {
  domain::Appointment one = Appointment();
  EXPECT_THAT(TypesOf(EntryWith(one)), ElementsAre("perigee.appointment.changed"));
  one.create_time = kNow;
  EXPECT_THAT(TypesOf(EntryWith(one)), ElementsAre("perigee.appointment.made"));
  one.create_time = kMade;
  one.suspend_time = kNow;
  EXPECT_THAT(TypesOf(EntryWith(one)), ElementsAre("perigee.appointment.suspended"));
  one.resign_time = kNow;
  EXPECT_THAT(TypesOf(EntryWith(one)), ElementsAre("perigee.appointment.resigned"));
  one.revoke_time = kNow;
  EXPECT_THAT(TypesOf(EntryWith(one)), ElementsAre("perigee.appointment.revoked"));
  one.revoke_time = one.resign_time = one.suspend_time = kMade;
  EXPECT_THAT(TypesOf(EntryWith(one)), ElementsAre("perigee.appointment.changed"));
}

TEST(EventTest, ANameHasTheMembersIdWhereTheResourceIsTheMembers) {
  const std::vector<Event> events = EventsOf(EntryWith(Appointment()));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].member, KeyOf(1));
  EXPECT_EQ(events[0].revision, 12);
  EXPECT_EQ(events[0].time, kNow);
  EXPECT_EQ(domain::NameOf(events[0], "demo", "ada"), "programs/demo/members/ada/appointments/7");

  domain::InsiderItem item;
  item.id = "roadmap";
  const std::vector<Event> of_item = EventsOf(EntryWith(item));
  ASSERT_EQ(of_item.size(), 1U);
  EXPECT_TRUE(of_item[0].member.IsNil());
  EXPECT_EQ(domain::NameOf(of_item[0], "demo", ""), "programs/demo/items/roadmap");
}

TEST(EventTest, AnAcceptanceTellsWhatBecameOfIt) {
  domain::Acceptance one;
  one.id = 7;
  one.member = KeyOf(1);
  one.create_time = kMade;
  EXPECT_THAT(TypesOf(EntryWith(one)), ElementsAre("perigee.acceptance.changed"));
  one.accept_time = kNow;
  EXPECT_THAT(TypesOf(EntryWith(one)), ElementsAre("perigee.acceptance.accepted"));
  EXPECT_EQ(domain::NameOf(EventsOf(EntryWith(one))[0], "demo", "ada"),
            "programs/demo/members/ada/acceptances/7");
  one.withdraw_time = kNow;
  EXPECT_THAT(TypesOf(EntryWith(one)), ElementsAre("perigee.acceptance.withdrawn"));
}

TEST(EventTest, AnIdeaTellsHowItWasDecided) {
  domain::Idea idea;
  idea.id = 7;
  idea.member = KeyOf(1);
  idea.create_time = kNow;
  EXPECT_THAT(TypesOf(EntryWith(idea)), ElementsAre("perigee.idea.made"));
  idea.create_time = kMade;
  EXPECT_THAT(TypesOf(EntryWith(idea)), ElementsAre("perigee.idea.changed"));
  idea.decide_time = kNow;
  idea.state = domain::IdeaState::kShipped;
  EXPECT_THAT(TypesOf(EntryWith(idea)), ElementsAre("perigee.idea.shipped"));
  idea.state = domain::IdeaState::kDeclined;
  EXPECT_THAT(TypesOf(EntryWith(idea)), ElementsAre("perigee.idea.declined"));
  // Its name has no member, so the event has none.
  EXPECT_TRUE(EventsOf(EntryWith(idea))[0].member.IsNil());
}

TEST(EventTest, PartsOfAnItemHaveNamesWithinIt) {
  domain::ItemVersion version;
  version.item = "roadmap";
  version.version = 3;
  EXPECT_EQ(domain::NameOf(EventsOf(EntryWith(version))[0], "demo", ""),
            "programs/demo/items/roadmap/versions/3");
  domain::Attachment attachment;
  attachment.item = "roadmap";
  attachment.id = "plan";
  EXPECT_EQ(domain::NameOf(EventsOf(EntryWith(attachment))[0], "demo", ""),
            "programs/demo/items/roadmap/attachments/plan");
}

TEST(EventTest, CasesOfLeaksAndVotesAreNotTold) {
  JournalEntry entry = EntryWith(domain::LeakCase{});
  entry.changes.records.Put(domain::IdeaVote{});
  EXPECT_THAT(EventsOf(entry), IsEmpty());
}

TEST(EventTest, AnItemUnderEmbargoTellsNothingButItsName) {
  domain::InsiderItem item;
  item.id = "roadmap";
  item.display_name = "The secret phone";
  item.audience = "title:mvp";
  item.withdraw_time = kNow;
  const std::vector<Event> events = EventsOf(EntryWith(item));
  ASSERT_EQ(events.size(), 1U);
  const std::string name = domain::NameOf(events[0], "demo", "");
  const auto message = nlohmann::json::parse(domain::MessageOf(events[0], "demo", name));
  EXPECT_EQ(message, nlohmann::json({{"type", "perigee.item.withdrawn"},
                                     {"timestamp", "2026-11-21T12:00:00.000000Z"},
                                     {"data",
                                      {{"program", "programs/demo"},
                                       {"revision", 12},
                                       {"subject", "programs/demo/items/roadmap"}}}}));
}

TEST(EventTest, WhatTheSenderWritesItselfIsNoEvent) {
  JournalEntry entry = EntryWith(domain::Webhook{});
  entry.changes.records.Put(domain::WebhookProgress{});
  entry.changes.records.Put(domain::Delivery{});
  entry.changes.records.Put(domain::PersonalRead{});
  EXPECT_THAT(EventsOf(entry), IsEmpty());
}

TEST(EventTest, DeletedRecordsAndErasedMembersGiveNone) {
  JournalEntry entry = EntryAt(kNow);
  entry.changes.records.Delete(Appointment());
  entry.changes.erased.push_back(KeyOf(1));
  EXPECT_THAT(EventsOf(entry), IsEmpty());
}

TEST(EventTest, EventsOfOneResourceHaveOneSubject) {
  domain::Appointment other = Appointment();
  other.id = "8";
  const std::string subject = EventsOf(EntryWith(Appointment()))[0].subject;
  domain::Appointment changed = Appointment();
  changed.revoke_time = kNow;
  EXPECT_EQ(EventsOf(EntryWith(changed))[0].subject, subject);
  EXPECT_NE(EventsOf(EntryWith(other))[0].subject, subject);
  // It names nobody, although the key of a grant of a badge has its member.
  domain::BadgeGrant grant;
  grant.member = KeyOf(1);
  grant.badge = "friend";
  EXPECT_THAT(EventsOf(EntryWith(grant))[0].subject, Not(testing::HasSubstr(KeyOf(1).Hex())));
}

TEST(EventTest, TheEventsOfAnEntryHaveTheirPlaces) {
  JournalEntry entry = EntryWith(Appointment());
  domain::Member member;
  member.key = KeyOf(1);
  member.create_time = kNow;
  entry.changes.records.Put(member);
  domain::Transfer transfer;
  transfer.id = {12, 3};
  entry.changes.ledger.transfers.push_back(transfer);
  domain::PeriodResult result;
  result.board = "all";
  result.period = "2026-11-16";
  entry.changes.results.push_back(result);
  const std::vector<Event> events = EventsOf(entry);
  ASSERT_EQ(events.size(), 4U);
  for (std::int32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(events[static_cast<std::size_t>(i)].place, i);
  }
  EXPECT_THAT(TypesOf(entry), ElementsAre("perigee.appointment.changed", "perigee.member.made",
                                          "perigee.transfer.made", "perigee.board_period.made"));
  EXPECT_EQ(domain::NameOf(events[1], "demo", "ada"), "programs/demo/members/ada");
  EXPECT_EQ(domain::NameOf(events[2], "demo", ""), "programs/demo/transfers/12-3");
  EXPECT_EQ(domain::NameOf(events[3], "demo", ""), "programs/demo/boards/all/periods/2026-11-16");
}

TEST(EventTest, TypesAreDifferentWords) {
  const std::vector<std::string_view> all = domain::AllEventTypes();
  EXPECT_EQ(std::set<std::string_view>(all.begin(), all.end()).size(), all.size());
  for (const std::string_view type : all) {
    EXPECT_TRUE(type.starts_with("perigee.")) << type;
    EXPECT_EQ(std::ranges::count(type, '.'), 2) << type;
  }
  EXPECT_EQ(std::ranges::find(all, domain::kTestEventType), all.end());
}

TEST(EventTest, TheIdOfAMessageFollowsFromItsEntry) {
  JournalEntry entry = EntryAt(kNow);
  entry.hash[0] = 0xAB;
  const std::string id = domain::MessageId(entry, 2);
  EXPECT_EQ(id, "evt_ab" + std::string(30, '0') + "_2");
  EXPECT_EQ(id.find('.'), std::string::npos);
  EXPECT_NE(domain::MessageId(entry, 3), id);
  entry.hash[0] = 0xAC;
  EXPECT_NE(domain::MessageId(entry, 2), id);
}

}  // namespace
}  // namespace perigee::tests
