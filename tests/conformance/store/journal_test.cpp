#include <map>

#include <gmock/gmock.h>

#include "server/ports/activity/activity_reader.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/program/program_reader.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {

TEST_P(StoreConformance, EachEntryCarriesTheHashOfTheOneBefore) {
  MakeProgram();
  Grant(ada_, 1);
  Grant(bob_, 2);
  const auto entries = Reading<std::vector<domain::JournalEntry>>(
      [](ports::StoreReader& reader) { return reader.journal().Read(kProgram, 0, 10); });
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].previous_hash, Sha256Digest{});
  for (std::size_t i = 1; i < entries.size(); ++i) {
    EXPECT_EQ(entries[i].previous_hash, entries[i - 1].hash);
    EXPECT_NE(entries[i].hash, entries[i - 1].hash);
  }
  EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
    EXPECT_EQ(reader.journal().HashAt(kProgram, 2).value(), entries[1].hash);
    EXPECT_FALSE(reader.journal().HashAt(kProgram, 4).value().has_value());
    const auto rest = reader.journal().Read(kProgram, 1, 1).value();
    EXPECT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest.at(0).revision, 2);
    return absl::OkStatus();
  }),
              IsOk());
}

TEST_P(StoreConformance, TheSameHistoryInAnotherProgrammeHasOtherHashes) {
  MakeProgram();
  MakeProgram("other");
  EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
    EXPECT_NE(reader.journal().HashAt(kProgram, 1).value(),
              reader.journal().HashAt("other", 1).value());
    return absl::OkStatus();
  }),
              IsOk());
}

TEST_P(StoreConformance, TheJournalTellsOfChangesWithoutPersonalData) {
  MakeProgram();
  domain::Changes changes;
  domain::Member member = MakeMember(3, "cyd", 2);
  member.facets = {"cyclist"};
  changes.records.Put(member);
  domain::Activity activity = MakeActivity("e1", 2);
  activity.recipient = bob_;
  activity.object = "post-1";
  activity.quantity = 3;
  changes.records.Put(activity);
  changes.records.Put(domain::Edge{domain::EdgeKind::kThanks, ada_, bob_, 2, kStart});
  domain::Rule rule;
  rule.id = "gift";
  rule.activity_type = "answer";
  rule.grants = {{kAsset, domain::Beneficiary::kRecipient, -5, true,
                  domain::Cap{"daily", 200, domain::CapWindow::kDay}, 1}};
  rule.thanks = true;
  rule.create_time = kStart;
  rule.revision = 2;
  changes.records.Put(rule);
  changes.deleted_boards = {"weekly"};
  ASSERT_THAT(WriteChanges(changes), IsOk());

  const auto entries = Reading<std::vector<domain::JournalEntry>>(
      [](ports::StoreReader& reader) { return reader.journal().Read(kProgram, 1, 10); });
  ASSERT_EQ(entries.size(), 1U);
  const domain::Changes& told = entries[0].changes;
  const auto members = told.records.All<domain::Member>();
  ASSERT_EQ(members.size(), 1U);
  EXPECT_EQ(members[0]->key, NumberedId(3));
  EXPECT_EQ(members[0]->id, "");
  EXPECT_EQ(members[0]->display_name, "");
  EXPECT_THAT(members[0]->facets, testing::IsEmpty());
  EXPECT_EQ(members[0]->kinds, member.kinds);
  EXPECT_EQ(members[0]->revision, 2);
  const auto* recorded = told.records.Last<domain::Activity>();
  ASSERT_NE(recorded, nullptr);
  EXPECT_EQ(recorded->object, "");
  EXPECT_EQ(recorded->source_event_id, "");
  EXPECT_EQ(recorded->quantity, 3);
  EXPECT_EQ(recorded->revision, 2);
  const auto edges = told.records.All<domain::Edge>();
  ASSERT_EQ(edges.size(), 1U);
  EXPECT_EQ(edges[0]->to, bob_);
  const auto told_rules = told.records.All<domain::Rule>();
  ASSERT_EQ(told_rules.size(), 1U);
  EXPECT_EQ(told_rules[0]->grants, rule.grants);
  EXPECT_EQ(told_rules[0]->effective_time, kBeginningOfTime);
  EXPECT_THAT(told.deleted_boards, testing::ElementsAre("weekly"));

  const auto rules = Reading<std::vector<domain::Rule>>(
      [](ports::StoreReader& reader) { return reader.programs().Rules(kProgram); });
  ASSERT_EQ(rules.size(), 1U);
  EXPECT_EQ(rules[0].grants, rule.grants);
  EXPECT_TRUE(rules[0].thanks);
  EXPECT_EQ(rules[0].revision, 2);
}

TEST_P(StoreConformance, CountsTellTheHealthOfTheProgramme) {
  MakeProgram();
  domain::Changes changes;
  domain::Member bot = MakeMember(3, "bot", 2);
  bot.type = domain::MemberType::kBot;
  changes.records.Put(bot);
  domain::Member cyd = MakeMember(4, "cyd", 2);
  cyd.kinds.push_back(domain::StakeholderKind::kPartner);
  cyd.standing = domain::Standing::kSuspended;
  changes.records.Put(cyd);
  ASSERT_THAT(WriteChanges(changes), IsOk());
  const auto act = [&](const domain::MemberKey& actor, const std::string& id, Time time) {
    domain::Changes done;
    const domain::Revision revision = Head() + 1;
    domain::Activity activity = MakeActivity(id, revision);
    activity.actor = actor;
    activity.occur_time = time;
    done.records.Put(activity);
    done.records.Put(domain::Edge{domain::EdgeKind::kThanks, actor, bob_, revision, time});
    ASSERT_THAT(WriteChanges(done), IsOk());
  };
  act(ada_, "1", kStart);
  act(ada_, "2", kStart);
  act(NumberedId(3), "3", kStart);
  act(bob_, "4", kStart - std::chrono::hours(1));
  Grant(bob_, 5);
  Grant(ada_, 5, kStart - std::chrono::hours(1));

  EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
    const ports::ActivityCounts counts = reader.activities().Count(kProgram, kStart).value();
    EXPECT_EQ(counts.activities, 4);
    EXPECT_EQ(counts.thanks, 4);
    EXPECT_EQ(counts.active_members, 2);
    EXPECT_EQ(counts.contributing_members, 1);
    EXPECT_EQ(counts.pulled, 2);
    EXPECT_EQ(counts.pushed, 1);
    std::map<std::pair<int, int>, std::int64_t> members;
    const auto found = reader.members().Count(kProgram).value();
    for (const ports::MemberCount& count : found) {
      members[{static_cast<int>(count.kind), static_cast<int>(count.standing)}] = count.members;
    }
    const std::map<std::pair<int, int>, std::int64_t> expected = {
        {{1, 1}, 3}, {{1, 2}, 1}, {{3, 2}, 1}};
    EXPECT_EQ(members, expected);
    return absl::OkStatus();
  }),
              IsOk());
}

}  // namespace perigee::tests
