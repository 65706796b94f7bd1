#include "server/domain/journal/entry_notices.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/access/personal_read.h"
#include "server/domain/activity/activity.h"
#include "server/domain/ask/ask.h"
#include "server/domain/badge/badge_grant.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/champion/contribution.h"
#include "server/domain/champion/nomination.h"
#include "server/domain/idea/idea.h"
#include "server/domain/inbox/inbox_mark.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/item.h"
#include "server/domain/insider/seat.h"
#include "server/domain/journal/journal.h"
#include "server/domain/journal/records.h"
#include "server/domain/member/member.h"
#include "server/domain/reward/redemption.h"
#include "server/domain/thanks/thanks.h"
#include "server/domain/tier/tier_standing.h"
#include "tests/support/any_record.h"

namespace perigee::tests {
namespace {

using domain::JournalEntry;
using domain::MemberKey;
using Kind = domain::InboxKind;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Time kNow = FromMicros(1'790'000'000'000'000);
constexpr Time kEarlier = kNow - std::chrono::days(3);
constexpr domain::Revision kRevision = 40;

MemberKey KeyOf(std::uint8_t number) {
  MemberKey key;
  key.bytes.back() = number;
  return key;
}
const MemberKey kAda = KeyOf(1);
const MemberKey kBob = KeyOf(2);

JournalEntry Entry(const std::string& rpc = "") {
  JournalEntry entry;
  entry.revision = kRevision;
  entry.time = kNow;
  entry.method = rpc.empty() ? rpc : "SomeAdminService/" + rpc;
  return entry;
}

std::vector<Kind> KindsFor(const JournalEntry& entry, const MemberKey& member) {
  std::vector<Kind> kinds;
  for (const domain::Notification& notice : domain::NoticesOf(entry, {&member, 1})) {
    kinds.push_back(notice.kind);
  }
  return kinds;
}

// What ada is told of a record that an entry of that RPC puts. Bob must not be told of it.
template <class R>
std::vector<Kind> Told(R record, const std::string& rpc = "") {
  JournalEntry entry = Entry(rpc);
  entry.changes.records.Put(std::move(record));
  EXPECT_THAT(KindsFor(entry, kBob), IsEmpty());
  return KindsFor(entry, kAda);
}

domain::Appointment Appointed(Time create_time) {
  domain::Appointment one;
  one.id = "7";
  one.member = kAda;
  one.title = "mvp";
  one.create_time = create_time;
  return one;
}

TEST(EntryNoticesTest, AnAppointmentTellsItsMoves) {
  domain::Appointment made = Appointed(kNow);
  EXPECT_THAT(Told(made), ElementsAre(Kind::kAppointed));
  made.renews = "6";
  EXPECT_THAT(Told(made), ElementsAre(Kind::kRenewed));
  domain::Appointment one = Appointed(kEarlier);
  EXPECT_THAT(Told(one), IsEmpty());
  EXPECT_THAT(Told(one, "ReinstateAppointment"), ElementsAre(Kind::kReinstated));
  one.suspend_time = kNow;
  EXPECT_THAT(Told(one), ElementsAre(Kind::kSuspended));
  one.suspend_time = kEarlier;
  EXPECT_THAT(Told(one), IsEmpty());
  one.revoke_time = kNow;
  EXPECT_THAT(Told(one), ElementsAre(Kind::kRevoked));
}

TEST(EntryNoticesTest, ANomineeIsToldNeitherOfDraftsNorOfVoices) {
  domain::Nomination one;
  one.id = "9";
  one.member = kAda;
  one.title = "mvp";
  one.create_time = kNow;
  EXPECT_THAT(Told(one), IsEmpty());
  one.state = domain::NominationState::kSubmitted;
  EXPECT_THAT(Told(one), ElementsAre(Kind::kNominated));
  one.create_time = kEarlier;
  EXPECT_THAT(Told(one, "Nominate"), IsEmpty());  // One more voice.
  EXPECT_THAT(Told(one, "SubmitNomination"), ElementsAre(Kind::kNominated));
  JournalEntry joined = Entry("SubmitNomination");
  joined.changes.records.Put(one);
  domain::Nomination draft = one;
  draft.id = "10";
  joined.changes.records.Delete(draft);
  EXPECT_THAT(KindsFor(joined, kAda), IsEmpty());

  one.state = domain::NominationState::kInReview;
  EXPECT_THAT(Told(one, "StartReview"), ElementsAre(Kind::kNominationInReview));
  EXPECT_THAT(Told(one, "ReviewNomination"), IsEmpty());
  one.decide_time = kNow;
  one.state = domain::NominationState::kAccepted;
  EXPECT_THAT(Told(one), ElementsAre(Kind::kNominationAccepted));
  one.state = domain::NominationState::kDeclined;
  EXPECT_THAT(Told(one), ElementsAre(Kind::kNominationDeclined));

  domain::NominationVoice voice;
  voice.member = kAda;
  voice.create_time = kNow;
  EXPECT_THAT(Told(voice), IsEmpty());
  domain::NominationReview review;
  review.member = kAda;
  review.create_time = kNow;
  EXPECT_THAT(Told(review), IsEmpty());
}

TEST(EntryNoticesTest, AContributionTellsAllItsAuthors) {
  domain::Contribution one;
  one.id = "3";
  one.member = kAda;
  one.kind = "talk";
  one.create_time = kEarlier;
  EXPECT_THAT(Told(one), IsEmpty());
  one.state = domain::ContributionState::kInReview;
  EXPECT_THAT(Told(one, "StartContributionReview"), ElementsAre(Kind::kContributionInReview));
  EXPECT_THAT(Told(one), IsEmpty());
  one.state = domain::ContributionState::kChangesAsked;
  EXPECT_THAT(Told(one, "AskForChanges"), ElementsAre(Kind::kContributionChangesAsked));
  one.decide_time = kNow;
  one.state = domain::ContributionState::kRejected;
  EXPECT_THAT(Told(one), ElementsAre(Kind::kContributionRejected));
  one.state = domain::ContributionState::kAccepted;
  EXPECT_THAT(Told(one), ElementsAre(Kind::kContributionAccepted));

  domain::ContributionShare share;
  share.contribution = "3";
  share.index = 1;
  share.member = kBob;
  share.create_time = kEarlier;
  JournalEntry accepted = Entry();
  accepted.changes.records.Put(one);
  accepted.changes.records.Put(share);
  EXPECT_THAT(KindsFor(accepted, kBob), ElementsAre(Kind::kContributionAccepted));

  one.state = domain::ContributionState::kSubmitted;
  one.decide_time.reset();
  share.create_time = kNow;
  JournalEntry named = Entry();
  named.changes.records.Put(one);
  named.changes.records.Put(share);
  EXPECT_THAT(KindsFor(named, kBob), ElementsAre(Kind::kNamedAsAuthor));
  EXPECT_THAT(KindsFor(named, kAda), IsEmpty());
}

TEST(EntryNoticesTest, ABadgeIsGrantedAndRevoked) {
  domain::BadgeGrant grant;
  grant.member = kAda;
  grant.badge = "helper";
  grant.grant_time = kNow;
  EXPECT_THAT(Told(grant), ElementsAre(Kind::kBadgeGranted));
  grant.grant_time = kEarlier;  // A changed rule confirmed it.
  EXPECT_THAT(Told(grant), IsEmpty());
  grant.revoke_time = kNow;
  EXPECT_THAT(Told(grant), ElementsAre(Kind::kBadgeRevoked));
}

TEST(EntryNoticesTest, ATierTellsItsNewsOnce) {
  domain::TierStanding standing;
  standing.member = kAda;
  standing.scheme = "loyalty";
  standing.news_time = kNow;
  const std::vector<std::pair<domain::TierNews, std::vector<Kind>>> told = {
      {domain::TierNews::kNone, {}},
      {domain::TierNews::kPromoted, {Kind::kTierPromoted}},
      {domain::TierNews::kKept, {Kind::kTierKept}},
      {domain::TierNews::kNoticed, {Kind::kTierNoticed}},
      {domain::TierNews::kWithdrawn, {Kind::kTierNoticeWithdrawn}},
      {domain::TierNews::kDemoted, {Kind::kTierDemoted}},
      {domain::TierNews::kReplaced, {Kind::kTierReplaced}},
      {domain::TierNews::kLocked, {}},
      {domain::TierNews::kUnlocked, {}},
  };
  for (const auto& [news, kinds] : told) {
    standing.news = news;
    EXPECT_EQ(Told(standing), kinds) << static_cast<int>(news);
  }
  standing.news = domain::TierNews::kPromoted;
  standing.news_time = kEarlier;
  EXPECT_THAT(Told(standing), IsEmpty());
}

TEST(EntryNoticesTest, ThanksReachTheReceiverWithoutTheGiver) {
  domain::Thanks thanks;
  thanks.id = kRevision;
  thanks.giver = kBob;
  thanks.receiver = kAda;
  JournalEntry entry = Entry();
  entry.changes.records.Put(thanks);
  const auto notices = domain::NoticesOf(entry, {&kAda, 1});
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].kind, Kind::kThanksReceived);
  EXPECT_EQ(notices[0].id, "40");
  EXPECT_EQ(notices[0].about, "");
  EXPECT_THAT(KindsFor(entry, kBob), IsEmpty());
  thanks.id = kRevision - 1;  // Withdrawn, or settled by a promise.
  EXPECT_THAT(Told(thanks), IsEmpty());
}

TEST(EntryNoticesTest, ARedemptionTellsWhatOthersDoWithIt) {
  using State = domain::RedemptionState;
  domain::Redemption one;
  one.id = "5";
  one.member = kAda;
  one.reward = "seat";
  one.create_time = kEarlier;
  one.state = State::kHeld;
  EXPECT_THAT(Told(one), IsEmpty());
  one.state = State::kApproved;
  one.approve_time = kNow;
  EXPECT_THAT(Told(one), ElementsAre(Kind::kRedemptionApproved));
  one.end_time = kNow;
  one.state = State::kFulfilled;
  EXPECT_THAT(Told(one), ElementsAre(Kind::kRedemptionFulfilled));
  one.state = State::kRejected;
  EXPECT_THAT(Told(one), ElementsAre(Kind::kRedemptionRejected));
  one.state = State::kCancelled;
  EXPECT_THAT(Told(one), IsEmpty());
  one.state = State::kExpired;
  one.end_time = kEarlier;
  EXPECT_THAT(Told(one), ElementsAre(Kind::kRedemptionExpired));
  one.state = State::kReturned;
  one.return_time = kNow;
  EXPECT_THAT(Told(one), ElementsAre(Kind::kRedemptionReturned));
}

TEST(EntryNoticesTest, AnAskIsToldWhenItIsSent) {
  domain::Ask ask;
  ask.id = "4";
  ask.member = kAda;
  ask.create_time = kNow;
  EXPECT_THAT(Told(ask), IsEmpty());
  ask.reserve_time = kNow;
  EXPECT_THAT(Told(ask), IsEmpty());
  ask.send_time = kNow;
  EXPECT_THAT(Told(ask), ElementsAre(Kind::kAskReceived));
  ask.send_time = ask.answer_time = kEarlier;
  ask.thank_time = kNow;
  EXPECT_THAT(Told(ask), ElementsAre(Kind::kAskThanked));
}

TEST(EntryNoticesTest, AnIdeaTellsItsMoves) {
  domain::Idea idea;
  idea.id = 12;
  idea.member = kAda;
  idea.item = "roadmap";
  EXPECT_THAT(Told(idea), IsEmpty());  // The author handed it in.
  for (const auto state : {domain::IdeaState::kConsidered, domain::IdeaState::kPlanned,
                           domain::IdeaState::kShipped, domain::IdeaState::kDeclined}) {
    idea.state = state;
    EXPECT_THAT(Told(idea), ElementsAre(Kind::kIdeaMoved));
  }
  JournalEntry entry = Entry();
  entry.changes.records.Put(idea);
  const auto notices = domain::NoticesOf(entry, {&kAda, 1});
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].id, "12");
  EXPECT_EQ(notices[0].about, "roadmap");  // By which the gate is asked.
}

TEST(EntryNoticesTest, WhatThePersonDidIsNoNewsToThePerson) {
  JournalEntry entry = Entry();
  entry.by = {domain::PrincipalKind::kMember, kAda};
  entry.changes.records.Put(Appointed(kNow));
  EXPECT_THAT(KindsFor(entry, kAda), IsEmpty());
  // By one of the members that are the person.
  const std::vector<MemberKey> person = {kBob, kAda};
  EXPECT_THAT(domain::NoticesOf(entry, person), IsEmpty());
  entry.by.kind = domain::PrincipalKind::kStaff;
  EXPECT_THAT(KindsFor(entry, kAda), ElementsAre(Kind::kAppointed));
}

TEST(EntryNoticesTest, SeveralOfAnEntryAreNumbered) {
  JournalEntry entry = Entry();
  entry.changes.records.Put(Appointed(kNow));
  domain::BadgeGrant grant;
  grant.member = kAda;
  grant.grant_time = kNow;
  entry.changes.records.Put(grant);
  const auto notices = domain::NoticesOf(entry, {&kAda, 1});
  ASSERT_EQ(notices.size(), 2U);
  EXPECT_EQ(notices[0].place, (domain::InboxPlace{kNow, kRevision, 1, 0, 0}));
  EXPECT_EQ(notices[1].place, (domain::InboxPlace{kNow, kRevision, 2, 0, 0}));
}

// Of every kind of record, and whatever stands in it.
TEST(EntryNoticesTest, NobodyIsToldOfAnothersRecords) {
  std::size_t told = 0;
  for (const domain::RecordType* type : domain::AllRecords()) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      JournalEntry entry = Entry("StartReview");
      entry.changes.records.Add(AnyRecord(*type, seed, kAda, kRevision));
      EXPECT_THAT(KindsFor(entry, kBob), IsEmpty()) << type->table();
      told += KindsFor(entry, kAda).size();
    }
  }
  EXPECT_GT(told, 0U);
}

TEST(EntryNoticesTest, AnEntryWakesThoseWhomItMayConcern) {
  const auto touched_by = [](auto record) {
    JournalEntry entry = Entry();
    entry.changes.records.Put(std::move(record));
    return domain::TouchOf(entry);
  };
  EXPECT_THAT(touched_by(Appointed(kEarlier)).members, ElementsAre(kAda));
  EXPECT_FALSE(touched_by(Appointed(kEarlier)).everybody);

  domain::InsiderItem item;
  item.id = "roadmap";
  item.edit_revision = kRevision;
  EXPECT_FALSE(touched_by(item).everybody);  // A draft.
  item.open_time = kNow;
  EXPECT_TRUE(touched_by(item).everybody);
  item.edit_revision = kRevision - 1;  // It fell due, and nothing else.
  EXPECT_FALSE(touched_by(item).everybody);
  EXPECT_TRUE(touched_by(domain::Agreement{}).everybody);

  domain::Seat seat;
  seat.member = kBob;
  seat.item = "roadmap";
  const domain::InboxTouch touch = touched_by(seat);
  EXPECT_THAT(touch.members, ElementsAre(kBob));
  EXPECT_THAT(touch.items, ElementsAre("roadmap"));

  domain::Activity activity;
  activity.actor = kAda;
  EXPECT_THAT(touched_by(activity).members, IsEmpty());
  domain::InboxMark mark;
  mark.member = kAda;
  EXPECT_THAT(touched_by(mark).members, IsEmpty());
  domain::PushMark pushed;
  pushed.member = kAda;
  EXPECT_THAT(touched_by(pushed).members, IsEmpty());
  domain::Member merged;
  merged.key = kBob;
  merged.merged_into = kAda;  // Who watches ada's inbox watches bob's from then on.
  EXPECT_THAT(touched_by(merged).members, testing::UnorderedElementsAre(kAda, kBob));
  JournalEntry erased = Entry();
  erased.changes.erased = {kBob};
  EXPECT_THAT(domain::TouchOf(erased).members, ElementsAre(kBob));
}

}  // namespace
}  // namespace perigee::tests
