#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/orbit/activity_type.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/orbit/activity_types.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {
namespace {

struct Seen {
  domain::MemberKey member;
  domain::Revision activity = 0;
  std::string type;
  domain::MemberKey actor;
  domain::MemberKey recipient;
  Time occur_time{};
  Time receive_time{};
  bool operator==(const Seen&) const = default;
};

ports::Unit SetWeight(const std::string& id, int weight, Time now) {
  domain::ActivityType type;
  type.id = id;
  type.display_name = "Täter";
  type.weight = weight;
  ports::Unit unit = UnitOf([type](auto& reader, const auto& context) {
    return use_cases::SetActivityType(reader, context, kProgram, type, "");
  });
  unit.now = now;
  return unit;
}

}  // namespace

TEST_P(StoreConformance, DeedsAreVisitedMemberByMember) {
  MakeProgram();
  const auto record = [&](const domain::MemberKey& actor, const domain::MemberKey& recipient) {
    domain::Activity activity = MakeActivity(std::to_string(Head()), Head() + 1);
    activity.actor = actor;
    activity.recipient = recipient;
    domain::Changes changes;
    changes.records.Put(activity);
    EXPECT_THAT(WriteChanges(std::move(changes)), IsOk());
    return activity;
  };
  const domain::Activity thanks = record(ada_, bob_);
  const domain::Activity alone = record(bob_, {});
  const domain::Activity self = record(ada_, ada_);
  const domain::Activity anonymous = record({}, bob_);
  const auto seen = [&](const domain::MemberKey& first, const domain::MemberKey& last) {
    return Reading<std::vector<Seen>>(
        [&](ports::StoreReader& reader) -> absl::StatusOr<std::vector<Seen>> {
          std::vector<Seen> all;
          const absl::Status status =
              reader.activities().VisitDeeds(kProgram, first, last, [&](const ports::Deed& deed) {
                all.push_back({deed.member, deed.activity, std::string(deed.type), deed.actor,
                               deed.recipient, deed.occur_time, deed.receive_time});
              });
          return status.ok() ? absl::StatusOr<std::vector<Seen>>(all) : status;
        });
  };
  const auto as = [](const domain::MemberKey& member, const domain::Activity& activity) {
    return Seen{member,
                activity.revision,
                activity.type,
                activity.actor,
                activity.recipient,
                activity.occur_time,
                activity.receive_time};
  };
  EXPECT_THAT(seen(ada_, ada_), testing::ElementsAre(as(ada_, thanks), as(ada_, self)));
  EXPECT_THAT(seen(ada_, bob_),
              testing::ElementsAre(as(ada_, thanks), as(ada_, self), as(bob_, thanks),
                                   as(bob_, alone), as(bob_, anonymous)));
  EXPECT_THAT(seen(NumberedId(3), NumberedId(9)), testing::IsEmpty());
}

TEST_P(StoreConformance, FactsOfMembersAreListedWithoutTheMerged) {
  MakeProgram();
  const auto facts = [&](const domain::MemberKey& after, int limit) {
    return Reading<std::vector<ports::MemberFacts>>([&](ports::StoreReader& reader) {
      return reader.members().ListFacts(kProgram, after, limit);
    });
  };
  const auto list = [&] {
    return Reading<std::vector<domain::Member>>([&](ports::StoreReader& reader) {
      return reader.members().List(kProgram, domain::MemberKey{}, 10);
    });
  };
  domain::Member paused = list().front();
  paused.pause_time = kStart;
  paused.pause_end_time = kStart + std::chrono::hours(1);
  paused.revision = Head() + 1;
  domain::Changes changes;
  changes.records.Put(paused);
  ASSERT_THAT(WriteChanges(std::move(changes)), IsOk());
  const auto members = list();
  const auto all = facts({}, 10);
  ASSERT_EQ(all.size(), members.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].key, members[i].key);
    EXPECT_EQ(all[i].kinds, members[i].kinds);
    EXPECT_EQ(all[i].type, members[i].type);
    EXPECT_EQ(all[i].standing, members[i].standing);
    EXPECT_EQ(all[i].board_opt_out, members[i].board_opt_out);
    EXPECT_EQ(all[i].join_time, members[i].join_time);
    EXPECT_EQ(all[i].pause_time, members[i].pause_time);
    EXPECT_EQ(all[i].pause_end_time, members[i].pause_end_time);
  }
  EXPECT_EQ(facts({}, 1).size(), 1U);
  EXPECT_EQ(facts(ada_, 10).size(), 1U);
  ASSERT_THAT(SetHead(bob_, ada_), IsOk());
  EXPECT_EQ(facts({}, 10).size(), 1U);
}

TEST_P(StoreConformance, AWeightKeepsItsHistory) {
  MakeProgram();
  ASSERT_THAT(Write(SetWeight("talk", 9, kStart)), IsOk());
  ASSERT_THAT(Write(SetWeight("talk", 4, kStart + std::chrono::hours(1))), IsOk());
  ASSERT_THAT(Write(SetWeight("answer", 6, kStart + std::chrono::hours(2))), IsOk());
  Reopen();
  const auto types = Reading<std::vector<domain::ActivityType>>([](ports::StoreReader& reader) {
    return reader.records().List<domain::ActivityType>(kProgram, {}, nullptr, 10);
  });
  ASSERT_EQ(types.size(), 2U);
  EXPECT_EQ(types[0].id, "answer");
  EXPECT_EQ(types[1].display_name, "Täter");
  EXPECT_EQ(types[1].weight, 4);
  EXPECT_THAT(types[1].earlier,
              testing::ElementsAre(domain::EarlierWeight{9, kStart + std::chrono::hours(1)}));
}

}  // namespace perigee::tests
