#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/activity/activity.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/member/member_reader.h"
#include "tests/matchers/status.h"
#include "tests/services/ledger/capital_server.h"
#include "tests/support/leaderboard_cases.h"
#include "tests/support/need.h"

namespace perigee::tests {
namespace {

using std::chrono::days;

// Tests with the scoring cases of leaderboard-cases-a, as activities and rules: the weight of an
// action there is the amount of a rule here. Two cases do not exist here:
// - score-category: a board is limited to members (facet, kind), not to the place of an activity;
//   such a ranking has an asset of its own.
// - not-ready: the first read of a board builds it; see board_service_test.cpp.
class ScoringCasesTest : public testing::Test {
 protected:
  void SetUp() override {
    auto all = LeaderboardCases();
    if (!all) {
      PERIGEE_SKIP_OR_FAIL("no data set leaderboard-cases-a");
    }
    cases = *std::move(all);
    const auto weights =
        cases.at("weights").at("default_points").get<std::map<std::string, std::int64_t>>();
    for (const auto& [action, points] : weights) {
      MakeRule(action, points);
    }
  }

  // `like_received` becomes the type `like-received`. Its recipient earns; for other types the
  // actor does.
  void MakeRule(std::string action, std::int64_t points) {
    std::replace(action.begin(), action.end(), '_', '-');
    v1::CreateRuleRequest request;
    request.set_parent(kAcme);
    request.set_rule_id(action);
    request.mutable_rule()->set_activity_type(action);
    v1::Grant& grant = *request.mutable_rule()->add_grants();
    grant.set_asset("reputation");
    grant.set_beneficiary(action.ends_with("-received") ? v1::Grant::BENEFICIARY_RECIPIENT
                                                        : v1::Grant::BENEFICIARY_ACTOR);
    grant.set_amount(points);
    grant.set_per_quantity(true);
    if (action == "posts-read" || action == "day-visited") {
      grant.mutable_cap()->set_id(action);
      grant.mutable_cap()->set_limit(points);
      grant.mutable_cap()->set_window(v1::Cap::WINDOW_DAY);
    }
    request.set_request_id(server.fixture.NewRequestId());
    EXPECT_THAT(Invoke(*server.programs, &v1::ProgramAdminService::Stub::CreateRule, request),
                IsOk());
  }

  // An activity of some days ago that ada did, or that bob did for her.
  v1::Activity Done(const std::string& type, int days_ago = 0) {
    v1::Activity activity;
    activity.set_type(type);
    const bool to_ada = type.ends_with("-received");
    activity.set_actor(std::string(kAcme) + (to_ada ? "/members/bob" : "/members/ada"));
    activity.set_recipient(std::string(kAcme) + (to_ada ? "/members/ada" : "/members/bob"));
    activity.set_source("forum.example");
    activity.set_source_event_id(std::to_string(++events));
    activity.mutable_occur_time()->set_seconds(
        ToMicros(server.fixture.clock.Now() - days(days_ago)) / 1'000'000);
    return activity;
  }
  v1::RecordActivityResponse Record(const v1::Activity& activity) const {
    v1::RecordActivityRequest request;
    request.set_parent(kAcme);
    *request.mutable_activity() = activity;
    const auto response =
        Invoke(*server.activities, &v1::ActivityAdminService::Stub::RecordActivity, request);
    EXPECT_THAT(response, IsOk());
    return response.value_or(v1::RecordActivityResponse());
  }
  // Reverses all transfers of an activity, as a moderator does who hides a post.
  void TakeBack(const v1::RecordActivityResponse& recorded) {
    for (const std::string& transfer : recorded.transfers()) {
      EXPECT_THAT(server.Reverse(transfer), IsOk());
    }
  }
  // nullopt if the member is not on a board of the interval.
  std::optional<std::int64_t> Score(const std::string& member, const Interval& interval = {}) {
    std::optional<std::int64_t> score;
    EXPECT_THAT(server.fixture.store().Read([&](ports::StoreReader& reader) {
      const domain::MemberKey key = reader.members().Find("acme", member).value()->key;
      const auto found = reader.boards().FindScore("acme", "reputation", key, interval, 0).value();
      if (found) {
        score = found->score;
      }
      return absl::OkStatus();
    }),
                IsOk());
    return score;
  }
  std::int64_t Expected(const std::string& name) const {
    return cases.at(name).at("expected").get<std::int64_t>();
  }

  CapitalServer server;
  std::map<std::string, nlohmann::json> cases;
  int events = 0;
};

TEST_F(ScoringCasesTest, ActivitiesCountByWeightWithinADailyCap) {
  struct Row {
    std::string name;
    std::string type;
    int on_days;
    int times_a_day;
    int quantity;
  };
  const std::vector<Row> rows = {
      {"score-likes", "like-received", 1, 10, 1},
      {"score-visits", "day-visited", 30, 2, 1},
      {"score-read-time", "time-read-hour", 30, 1, 1},
      {"score-posts-read", "posts-read", 30, 2, 50},
      {"score-topics", "topic-created", 1, 10, 1},
      {"score-invites", "user-invited", 1, 10, 1},
      {"score-flags", "flag-agreed", 1, 10, 1},
  };
  std::int64_t before = 0;
  for (const Row& row : rows) {
    for (int day = 0; day < row.on_days; ++day) {
      for (int i = 0; i < row.times_a_day; ++i) {
        v1::Activity activity = Done(row.type, day);
        activity.set_quantity(row.quantity);
        Record(activity);
      }
    }
    const std::int64_t after = Score("ada").value_or(0);
    EXPECT_EQ(after - before, Expected(row.name)) << row.name;
    before = after;
  }
}

TEST_F(ScoringCasesTest, OnlyVisibleRepliesCount) {
  Record(Done("reply-created"));
  Record(Done("reply-created"));
  // These types have no rule; an opening post counts as `topic-created`, if the source sends that.
  Record(Done("opening-post"));
  Record(Done("moderator-action"));
  TakeBack(Record(Done("reply-created")));  // The reply is hidden.
  TakeBack(Record(Done("reply-created")));  // The reply's topic was deleted.
  EXPECT_EQ(Score("ada"), Expected("score-replies"));
}

TEST_F(ScoringCasesTest, DeletedPrivateAndOwnActivitiesDoNotCount) {
  TakeBack(Record(Done("topic-created")));
  Record(Done("private-message"));
  v1::Activity own = Done("like-received");
  own.set_actor(own.recipient());
  EXPECT_THAT(Record(own).transfers(), testing::IsEmpty());
  EXPECT_EQ(Score("ada").value_or(0), Expected("score-excluded"));
}

TEST_F(ScoringCasesTest, TheSameDayRecordedAgainCountsOnce) {
  v1::Activity of_bob = Done("topic-created", 2);
  of_bob.set_actor(std::string(kAcme) + "/members/bob");
  of_bob.set_recipient(std::string(kAcme) + "/members/ada");
  const std::vector<v1::Activity> day = {Done("topic-created"), Done("topic-created"),
                                         Done("reply-created"), of_bob};
  const Time noon = server.fixture.clock.Now();
  const Interval today{noon - std::chrono::hours(12), noon + std::chrono::hours(12)};
  const nlohmann::json& expected = cases.at("recalc-idempotent").at("expected");
  for (const bool again : {false, true}) {
    for (const v1::Activity& activity : day) {
      EXPECT_EQ(Record(activity).replayed(), again);
    }
    EXPECT_EQ(Score("ada", today), expected.at("A").get<std::int64_t>());
    EXPECT_EQ(Score("bob", today).value_or(0), expected.at("B").get<std::int64_t>());
  }
}

}  // namespace
}  // namespace perigee::tests
