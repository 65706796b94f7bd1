#include <string>
#include <utility>
#include <vector>

#include "server/domain/champion/contribution.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/champion/contribution_credit.h"
#include "server/use_cases/champion/contributions.h"
#include "server/use_cases/champion/nominations.h"
#include "server/use_cases/judge.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/race.h"

namespace perigee::tests {
namespace {

using domain::Contribution;
using domain::ContributionMove;
using domain::ContributionShare;

constexpr int kMost = 100;

ports::Unit MakeKind() {
  domain::ContributionKind kind;
  kind.id = "talk";
  kind.display_name = "Talk";
  kind.activity_type = "talk";
  kind.credit = 3;
  return UnitOf([kind](auto& reader, const auto& unit) {
    return use_cases::SetContributionKind(reader, unit, kProgram, kind, "");
  });
}

ports::Unit Submit(const std::string& member, const std::string& link,
                   std::vector<use_cases::CoAuthor> co_authors = {}) {
  use_cases::ContributionDraft draft;
  draft.member = member;
  draft.stated.kind = "talk";
  draft.stated.title = "On orbits";
  draft.stated.link = link;
  draft.stated.date = "2023-11-01";
  draft.co_authors = std::move(co_authors);
  EXPECT_THAT(domain::NormalizeContribution(draft.stated), IsOk());
  return UnitOf([draft](auto& reader, const auto& unit) {
    return use_cases::SubmitContribution(reader, unit, kProgram, draft);
  });
}

ports::Unit Judge(const std::string& id, ContributionMove move, std::uint32_t judge = 0) {
  return UnitOf([=](auto& reader, const auto& unit) {
    return use_cases::JudgeContribution(reader, unit, kProgram, id, {NumberedId(500 + judge), {}},
                                        {move, "because", ""});
  });
}

// What the due loop does with the contribution of that id.
ports::Unit RecordDue(const std::string& id) {
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = kStart;
  unit.decide = [id](ports::StoreReader& reader,
                     const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    Contribution like;
    like.id = id;
    const auto found = reader.records().Find(kProgram, like).value().value();
    ports::Decision decision;
    if (found.credit_time.has_value()) {
      const absl::Status recorded =
          use_cases::RecordDueShare(kProgram, found, reader, context, decision.changes);
      if (!recorded.ok()) {
        return recorded;
      }
    }
    return decision;
  };
  return unit;
}

}  // namespace

TEST_P(StoreConformance, OneOfManyWhoAcceptAContributionAcceptsIt) {
  MakeProgram();
  ASSERT_THAT(Write(MakeKind()), IsOk());
  const Outcome made = Write(Submit("ada", "https://example.com/orbits", {{"bob", 1}}));
  ASSERT_THAT(made, IsOk());
  const std::string id = std::to_string(made->revision);
  ASSERT_THAT(Write(Judge(id, ContributionMove::kStartReview)), IsOk());
  const Race race = AtOnce(20, [&](int i) {
    Outcome outcome = Write(Judge(id, ContributionMove::kAccept, static_cast<std::uint32_t>(i)));
    // Whoever does what is due, and however often.
    EXPECT_THAT(Write(RecordDue(id)), IsOk());
    return outcome;
  });
  EXPECT_EQ(race, (Race{1, {{Reason::kIllegalMove, 19}}}));
  const auto activities = Reading<std::vector<domain::Activity>>(
      [](ports::StoreReader& reader) { return reader.activities().List(kProgram, {}, 0, kMost); });
  ASSERT_EQ(activities.size(), 2U);  // Newest first.
  EXPECT_EQ(activities[1].actor, ada_);
  EXPECT_EQ(activities[1].quantity, 2);
  EXPECT_EQ(activities[0].actor, bob_);
  EXPECT_EQ(activities[0].quantity, 1);
  const auto shares = Reading<std::vector<ContributionShare>>([](ports::StoreReader& reader) {
    return reader.records().List<ContributionShare>(kProgram, {}, nullptr, kMost);
  });
  ASSERT_EQ(shares.size(), 2U);
  EXPECT_EQ(shares[0].activity, activities[1].revision);
  EXPECT_EQ(shares[1].activity, activities[0].revision);
}

TEST_P(StoreConformance, ALinkIsHandedInOnce) {
  MakeProgram();
  ASSERT_THAT(Write(MakeKind()), IsOk());
  const Race race = AtOnce(16, [&](int i) {
    return Write(
        Submit(i % 2 == 0 ? "ada" : "bob", "https://example.com/orbits#" + std::to_string(i)));
  });
  EXPECT_EQ(race, (Race{1, {{Reason::kDuplicateContribution, 15}}}));
  const auto all = Reading<std::vector<Contribution>>([](ports::StoreReader& reader) {
    return reader.records().List<Contribution>(kProgram, {}, nullptr, kMost);
  });
  EXPECT_EQ(all.size(), 1U);
}

TEST_P(StoreConformance, ASummaryOfAPersonCountsQuartersAndThanks) {
  MakeProgram();
  const auto record = [&](std::string event, domain::MemberKey actor, Time time, bool thanks) {
    domain::Changes changes;
    domain::Activity activity = MakeActivity(std::move(event), Head() + 1);
    activity.actor = actor;
    activity.recipient = actor == ada_ ? bob_ : ada_;
    activity.occur_time = time;
    changes.records.Put(activity);
    if (thanks) {
      changes.records.Put(domain::Edge{domain::EdgeKind::kThanks, actor, activity.recipient,
                                       activity.revision, time});
    }
    ASSERT_THAT(WriteChanges(std::move(changes)), IsOk());
  };
  const Time start = FromMicros(0) + ports::kQuarter * 100;
  record("1", ada_, start, true);
  record("2", ada_, start + ports::kQuarter - Duration(1), false);
  record("3", ada_, start + ports::kQuarter * 3, false);
  record("4", bob_, start, true);
  record("5", bob_, start + ports::kQuarter * 2, true);
  record("6", bob_, start - Duration(1), true);
  const Interval interval{start, start + ports::kQuarter * 3};
  const auto summarize = [&](const domain::MemberKey& member) {
    return Reading<ports::PersonSummary>([&](ports::StoreReader& reader) {
      return reader.activities().Summarize(kProgram, member, interval);
    });
  };
  const ports::PersonSummary ada = summarize(ada_);
  ASSERT_EQ(ada.activities.size(), 1U);
  EXPECT_EQ(ada.activities.begin()->second, 2);
  EXPECT_EQ(ada.quarters, std::vector<std::int64_t>{100});
  EXPECT_EQ(ada.thanks, 2);
  EXPECT_EQ(ada.thankful, std::vector<domain::MemberKey>{bob_});
  EXPECT_EQ(summarize(bob_).quarters, (std::vector<std::int64_t>{100, 102}));
  ASSERT_THAT(SetHead(bob_, ada_), IsOk());
  const ports::PersonSummary both = summarize(ada_);
  EXPECT_EQ(both.activities.begin()->second, 4);
  EXPECT_EQ(both.quarters, (std::vector<std::int64_t>{100, 102}));
  EXPECT_EQ(both.thanks, 0);
  EXPECT_EQ(both.thankful.size(), 0U);
}

}  // namespace perigee::tests
