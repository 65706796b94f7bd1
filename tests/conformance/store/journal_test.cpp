#include <map>

#include <gmock/gmock.h>

#include "server/domain/access/personal_read.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/journal/journal_feed.h"
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

TEST_P(StoreConformance, AnEntryNamesTheRpcThatMadeIt) {
  MakeProgram();
  ports::Unit unit{kProgram, std::nullopt, kStart,
                   [](ports::StoreReader&, const ports::UnitContext& context) {
                     ports::Decision decision;
                     decision.changes.records.Put(MakeMember(3, "cyd", context.revision));
                     return absl::StatusOr<ports::Decision>(std::move(decision));
                   }};
  unit.method = "MemberAdminService/CreateMember";
  const auto listening = store_->feed().Listen([](const std::string&, domain::Revision) {});
  ASSERT_THAT(Write(std::move(unit)), IsOk());
  const auto entries = Reading<std::vector<domain::JournalEntry>>(
      [](ports::StoreReader& reader) { return reader.journal().Read(kProgram, 0, 10); });
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].method, "");
  EXPECT_EQ(entries[1].method, "MemberAdminService/CreateMember");
  const auto fed = store_->feed().After(kProgram, 1);
  ASSERT_TRUE(fed.has_value());
  EXPECT_EQ(fed->at(0)->method, "MemberAdminService/CreateMember");
}

TEST_P(StoreConformance, ARevisionIsFoundByItsTime) {
  MakeProgram();
  for (int i = 1; i <= 40; ++i) {
    domain::Changes changes;
    changes.records.Put(MakeMember(1, "ada", i + 1));
    // Two entries of one time, then a pause.
    ASSERT_THAT(WriteChanges(changes, kStart + std::chrono::seconds(i / 2)), IsOk());
  }
  const auto at = [&](Time time) {
    return Reading<domain::Revision>(
        [&](ports::StoreReader& reader) { return reader.journal().RevisionAt(kProgram, time); });
  };
  EXPECT_EQ(at(kStart - Duration(1)), 0);
  EXPECT_EQ(at(kStart), 2);  // The programme's, and the first of the loop.
  for (int second = 1; second < 20; ++second) {
    EXPECT_EQ(at(kStart + std::chrono::seconds(second)), 2 * second + 2);
    EXPECT_EQ(at(kStart + std::chrono::seconds(second) - Duration(1)), 2 * second);
  }
  EXPECT_EQ(at(kStart + std::chrono::hours(1)), 41);
  EXPECT_EQ(Reading<domain::Revision>([&](ports::StoreReader& reader) {
              return reader.journal().RevisionAt("other", kStart);
            }),
            0);
}

TEST_P(StoreConformance, EntriesAreFoundByThoseWhoAreInThem) {
  MakeProgram();                       // 1: both members.
  Grant(ada_, 5);                      // 2
  Grant(bob_, 5);                      // 3
  Grant(ada_, 6, kStart, kSpendable);  // 4: another account.
  domain::Changes activity;
  activity.records.Put(MakeActivity("e1", 5));  // 5: ada's.
  ASSERT_THAT(WriteChanges(activity), IsOk());
  const Uuid lee = NumberedId(9);
  const auto by_lee = [&](const domain::Changes& changes) {
    ports::Unit unit{kProgram, std::nullopt, kStart,
                     [changes](ports::StoreReader&, const ports::UnitContext&) {
                       ports::Decision decision;
                       decision.changes = changes;
                       return absl::StatusOr<ports::Decision>(std::move(decision));
                     }};
    unit.by = {domain::PrincipalKind::kStaff, lee};
    ASSERT_THAT(Write(std::move(unit)), IsOk());
  };
  domain::Changes suspended;
  suspended.records.Put(MakeMember(2, "bob", 6));
  by_lee(suspended);  // 6
  domain::Changes read;
  read.records.Put(domain::PersonalRead{{ada_, bob_}, 7});
  by_lee(read);  // 7
  domain::Changes erased;
  erased.erased = {bob_};
  ASSERT_THAT(WriteChanges(erased), IsOk());  // 8

  using Revisions = std::vector<domain::Revision>;
  const auto of = [&](const Uuid& party, domain::Revision before, int limit) {
    return Reading<Revisions>([&](ports::StoreReader& reader) {
      return reader.journal().Of(kProgram, party, before, limit);
    });
  };
  EXPECT_EQ(of(ada_, 100, 10), (Revisions{7, 5, 4, 2, 1}));
  EXPECT_EQ(of(ada_, 7, 2), (Revisions{5, 4}));
  EXPECT_EQ(of(ada_, 4, 10), (Revisions{2, 1}));
  EXPECT_EQ(of(bob_, 100, 10), (Revisions{8, 7, 6, 3, 1}));
  EXPECT_EQ(of(lee, 100, 10), (Revisions{7, 6}));
  EXPECT_EQ(of(NumberedId(77), 100, 10), Revisions());

  const auto naming = [&](const Uuid& party, domain::Revision after, domain::Revision before,
                          bool newest_first, int limit) {
    return Reading<Revisions>([&](ports::StoreReader& reader) {
      return reader.journal().Naming(kProgram, party, after, before, newest_first, limit);
    });
  };
  // What concerns a member by an activity or a transfer alone is left out.
  EXPECT_EQ(naming(ada_, 0, 100, false, 10), (Revisions{1, 7}));
  EXPECT_EQ(naming(bob_, 0, 100, false, 10), (Revisions{1, 6, 7, 8}));
  EXPECT_EQ(naming(bob_, 6, 8, false, 100), Revisions{7});
  EXPECT_EQ(naming(bob_, 6, 100, false, 1), Revisions{7});
  EXPECT_EQ(naming(bob_, 0, 100, true, 2), (Revisions{8, 7}));
  EXPECT_EQ(naming(NumberedId(77), 0, 100, true, 10), Revisions());
}

}  // namespace perigee::tests
