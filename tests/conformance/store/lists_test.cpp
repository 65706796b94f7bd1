#include <gmock/gmock.h>

#include "server/ports/activity/activity_reader.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/due_reader.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/program/program_reader.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {
namespace {

template <class T, class F>
std::vector<std::string> Names(const std::vector<T>& items, F name) {
  std::vector<std::string> names;
  for (const T& item : items) {
    names.push_back(name(item));
  }
  return names;
}

}  // namespace

TEST_P(StoreConformance, PagesOfMembersFollowOnWhileMembersAreAdded) {
  MakeProgram();
  const auto page = [&](const domain::MemberKey& after) {
    return Names(Reading<std::vector<domain::Member>>([&](ports::StoreReader& reader) {
                   return reader.members().List(kProgram, after, 1);
                 }),
                 [](const domain::Member& member) { return member.id; });
  };
  EXPECT_THAT(page({}), testing::ElementsAre("ada"));
  domain::Changes changes;
  changes.records.Put(MakeMember(4, "aaa", 2));
  changes.records.Put(MakeMember(3, "zoe", 2));
  ASSERT_THAT(WriteChanges(changes), IsOk());
  EXPECT_THAT(page(ada_), testing::ElementsAre("bob"));
  EXPECT_THAT(page(bob_), testing::ElementsAre("zoe"));
  EXPECT_THAT(page(NumberedId(3)), testing::ElementsAre("aaa"));
  EXPECT_THAT(page(NumberedId(4)), testing::IsEmpty());
}

TEST_P(StoreConformance, MergedMembersAreInNoListAndNoCount) {
  MakeProgram();
  domain::Changes changes;
  changes.records.Put(MakeMember(3, "cyd", 2));
  ASSERT_THAT(WriteChanges(changes), IsOk());
  const auto ids = [&](int limit) {
    return Names(Reading<std::vector<domain::Member>>([&](ports::StoreReader& reader) {
                   return reader.members().List(kProgram, {}, limit);
                 }),
                 [](const domain::Member& member) { return member.id; });
  };
  const auto customers = [&] {
    return Reading<std::vector<ports::MemberCount>>(
               [&](ports::StoreReader& reader) { return reader.members().Count(kProgram); })
        .front()
        .members;
  };
  ASSERT_THAT(SetHead(bob_, ada_), IsOk());
  EXPECT_THAT(ids(2), testing::ElementsAre("ada", "cyd"));
  EXPECT_EQ(customers(), 2);
  ASSERT_THAT(SetHead(bob_, {}), IsOk());
  EXPECT_THAT(ids(10), testing::ElementsAre("ada", "bob", "cyd"));
  EXPECT_EQ(customers(), 3);
}

TEST_P(StoreConformance, ActivitiesOfAPersonAreThoseOfAllItsMembers) {
  MakeProgram();
  for (const domain::MemberKey& actor : {ada_, bob_, bob_}) {
    domain::Changes changes;
    domain::Activity activity = MakeActivity(std::to_string(Head()), Head() + 1);
    activity.actor = actor;
    activity.recipient = actor == ada_ ? bob_ : ada_;
    changes.records.Put(activity);
    ASSERT_THAT(WriteChanges(changes), IsOk());
  }
  const auto count = [&](const domain::MemberKey& member) {
    return Reading<std::int64_t>([&](ports::StoreReader& reader) {
      return reader.activities().CountOf(kProgram, member, "answer", kStart);
    });
  };
  const auto all = [&] {
    return Reading<ports::ActivityCounts>(
        [&](ports::StoreReader& reader) { return reader.activities().Count(kProgram, kStart); });
  };
  Grant(ada_, 5);
  Grant(bob_, 5);
  EXPECT_EQ(count(ada_), 1);
  EXPECT_EQ(count(bob_), 2);
  EXPECT_EQ(all().active_members, 2);
  EXPECT_EQ(all().contributing_members, 2);
  ASSERT_THAT(SetHead(bob_, ada_), IsOk());
  EXPECT_EQ(count(ada_), 3);
  EXPECT_EQ(all().active_members, 1);
  EXPECT_EQ(all().contributing_members, 1);
  EXPECT_EQ(all().pulled, 3);
}

TEST_P(StoreConformance, MembersAreFoundByKeyInTheOrderAsked) {
  MakeProgram();
  const std::vector<domain::MemberKey> keys = {bob_, NumberedId(99), ada_};
  const auto members = Reading<std::vector<domain::Member>>(
      [&](ports::StoreReader& reader) { return reader.members().FindByKeys(kProgram, keys); });
  EXPECT_THAT(Names(members, [](const domain::Member& member) { return member.id; }),
              testing::ElementsAre("bob", "ada"));
}

TEST_P(StoreConformance, ActivitiesOfAMemberAreListedNewestFirst) {
  MakeProgram();
  for (domain::Revision revision = 2; revision <= 5; ++revision) {
    domain::Changes changes;
    domain::Activity activity = MakeActivity(std::to_string(revision), revision);
    activity.recipient = revision % 2 == 0 ? bob_ : ada_;  // Odd revisions: ada is both.
    changes.records.Put(activity);
    ASSERT_THAT(WriteChanges(changes), IsOk());
  }
  const auto list = [&](const domain::MemberKey& member, domain::Revision before, int limit) {
    return Names(Reading<std::vector<domain::Activity>>([&](ports::StoreReader& reader) {
                   return reader.activities().List(kProgram, member, before, limit);
                 }),
                 [](const domain::Activity& activity) { return activity.source_event_id; });
  };
  EXPECT_THAT(list({}, 0, 10), testing::ElementsAre("5", "4", "3", "2"));
  EXPECT_THAT(list(ada_, 0, 3), testing::ElementsAre("5", "4", "3"));
  EXPECT_THAT(list(ada_, 3, 3), testing::ElementsAre("2"));
  EXPECT_THAT(list(bob_, 0, 10), testing::ElementsAre("4", "2"));
  EXPECT_THAT(list(bob_, 2, 10), testing::IsEmpty());
}

TEST_P(StoreConformance, ProgrammesAreListedById) {
  MakeProgram("b");
  MakeProgram("a");
  const auto list = [&](const std::string& after) {
    return Names(Reading<std::vector<domain::Program>>(
                     [&](ports::StoreReader& reader) { return reader.programs().List(after, 10); }),
                 [](const domain::Program& program) { return program.id; });
  };
  EXPECT_THAT(list(""), testing::ElementsAre("a", "b"));
  EXPECT_THAT(list("a"), testing::ElementsAre("b"));
}

TEST_P(StoreConformance, AnEmptyStoreAnswersWithNothing) {
  EXPECT_THAT(store_->Ready(), IsOk());
  EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
    EXPECT_EQ(reader.journal().Head(kProgram).value(), 0);
    EXPECT_FALSE(reader.programs().Find(kProgram).value().has_value());
    EXPECT_TRUE(reader.programs().List("", 10).value().empty());
    EXPECT_TRUE(reader.programs().Assets(kProgram).value().empty());
    EXPECT_TRUE(reader.programs().Rules(kProgram).value().empty());
    EXPECT_FALSE(reader.members().Find(kProgram, "ada").value().has_value());
    EXPECT_TRUE(reader.members().List(kProgram, {}, 10).value().empty());
    EXPECT_FALSE(reader.activities().Find(kProgram, 1).value().has_value());
    EXPECT_TRUE(reader.activities().List(kProgram, {}, 0, 10).value().empty());
    EXPECT_TRUE(reader.activities().List(kProgram, ada_, 0, 10).value().empty());
    EXPECT_TRUE(reader.ledger().AccountsOf(kProgram, ada_).value().empty());
    EXPECT_TRUE(reader.ledger().Statement(kProgram, MemberAccount(ada_), {}, 10).value().empty());
    EXPECT_FALSE(
        reader.ledger().AccountAsOf(kProgram, MemberAccount(ada_), 9, kStart).value().has_value());
    EXPECT_TRUE(reader.ledger().TransfersOf(kProgram, 1).value().empty());
    EXPECT_TRUE(reader.due().List({}, 10).value().empty());
    EXPECT_TRUE(reader.boards().List(kProgram).value().empty());
    EXPECT_FALSE(reader.boards().FindScore(kProgram, kAsset, ada_, {}, 0).value().has_value());
    EXPECT_TRUE(reader.boards().Contributions(kProgram, kAsset, ada_, {}, 0, 10).value().empty());
    EXPECT_TRUE(reader.boards().MembersChangedSince(kProgram, kAsset, {}, 0, 10).value().empty());
    EXPECT_TRUE(reader.boards().Results(kProgram, "board", 1, "all-time").value().empty());
    EXPECT_TRUE(reader.journal().Read(kProgram, 0, 10).value().empty());
    EXPECT_FALSE(reader.journal().HashAt(kProgram, 1).value().has_value());
    EXPECT_TRUE(reader.members().Count(kProgram).value().empty());
    EXPECT_TRUE(reader.ledger().TotalAssets(kProgram).value().empty());
    EXPECT_EQ(reader.activities().Count(kProgram, kStart).value().activities, 0);
    EXPECT_FALSE(
        reader.ledger().Books(kProgram).FindAccount(MemberAccount(ada_)).value().has_value());
    return reader.boards().ForEachScore(kProgram, kAsset, {}, 0,
                                        [](const ports::MemberScore&) { ADD_FAILURE(); });
  }),
              IsOk());
}

}  // namespace perigee::tests
