#include "server/runtime/metrics.h"
#include "server/ports/program_health.h"
#include "tests/support/need.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

namespace perigee::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Page(runtime::Metrics& metrics) {
  std::ostringstream page;
  prometheus::TextSerializer().Serialize(page, metrics.registry().Collect());
  return page.str();
}

// Touches every metric once.
void TouchAll(runtime::Metrics& metrics) {
  ports::RpcStats& stats = metrics.Rpc("perigee.v1.MemberService", "GetMember");
  stats.Started();
  stats.Finished(absl::StatusCode::kNotFound, std::chrono::microseconds(300));
  metrics.StoreCommitted(std::chrono::milliseconds(2), 17);
  metrics.StoreFailed();
  metrics.JournalHead("acme", 12);
  metrics.Projected("acme", "redis", 7);
  metrics.BoardRebuilt("memory", std::chrono::milliseconds(3));
  metrics.RedisUp(true);
  ports::StreamStats& stream = metrics.Stream("perigee.v1.BoardService", "WatchBoard");
  stream.Started();
  stream.Message();
  stream.Finished(absl::StatusCode::kOk, std::chrono::hours(2));
  stream.Started();
  ports::ProgramHealth health;
  health.members.push_back({domain::StakeholderKind::kPartner, domain::Standing::kSuspended, 3});
  health.assets.push_back({"access", 500, 20, 0});
  health.activity = {5, 4, 9, 100, 3, 1};
  health.asks.push_back({domain::AskState::kDeclined, 6});
  health.promises.push_back({domain::PromiseKind::kThanks, true, 2});
  health.champions.push_back({{}, "mvp", "active", 4});
  health.terms_ending.push_back({{}, "mvp", "", 1});
  health.releases_ahead = 6;
  health.redemptions.push_back({{}, "", "fulfilled", 7});
  health.ideas = {{{domain::IdeaState::kPlanned, 4}}, 31};
  health.seats = {{domain::SeatState::kWaiting, 8}};
  health.tier_members.push_back({{}, "loyalty", "gold", 3});
  health.tier_notices.push_back({{}, "loyalty", "gold", 1});
  metrics.Health("acme", health);
  metrics.SignIns({{{"time", 3}}, {{"https://id.example", 2, std::chrono::seconds(90), 4}}});
  metrics.SignIns({{{"time", 5}}, {{"https://id.example", 2, std::chrono::seconds(30), 4}}});
}

TEST(MetricsTest, ThePageSaysWhatWasMeasured) {
  runtime::Metrics metrics;
  TouchAll(metrics);
  const std::string page = Page(metrics);
  for (
      const char* line : {
          R"(perigee_rpc_started_total{method="GetMember",service="perigee.v1.MemberService"} 1)",
          R"(perigee_rpc_finished_total{code="NOT_FOUND",method="GetMember",)",
          R"(perigee_rpc_finished_total{code="OK",method="GetMember",)",
          "perigee_store_commit_units_sum 17",
          "perigee_store_failures_total 1",
          R"(perigee_journal_head{program="acme"} 12)",
          R"(perigee_projection_lag_entries{program="acme",projection="redis"} 5)",
          R"(perigee_board_rebuild_seconds_count{cache="memory"} 1)",
          "perigee_redis_up 1",
          R"(perigee_stream_open{method="WatchBoard",service="perigee.v1.BoardService"} 1)",
          R"(perigee_stream_messages_total{method="WatchBoard",)",
          R"(perigee_stream_age_seconds_sum{method="WatchBoard",service="perigee.v1.BoardService"} 7200)",
          R"(perigee_members{kind="partner",program="acme",standing="suspended"} 3)",
          R"(perigee_ledger_imbalance{asset="access",program="acme"} 0)",
          R"(perigee_capital_issued{asset="access",program="acme"} 500)",
          R"(perigee_capital_spent{asset="access",program="acme"} 20)",
          R"(perigee_members_active{program="acme"} 5)",
          R"(perigee_members_contributing{program="acme"} 4)",
          R"(perigee_thanks_total{program="acme"} 9)",
          R"(perigee_activities_total{program="acme"} 100)",
          R"(perigee_pull_ratio{program="acme"} 0.75)",
          R"(perigee_asks{program="acme",state="declined"} 6)",
          R"(perigee_asks{program="acme",state="thanked"} 0)",
          R"(perigee_promises{kind="thanks",program="acme",state="overdue"} 2)",
          R"(perigee_promises{kind="promise",program="acme",state="open"} 0)",
          R"(perigee_champions{program="acme",state="active",title="mvp"} 4)",
          R"(perigee_champions{program="acme",state="lapsed",title="mvp"} 0)",
          R"(perigee_terms_ending_soon{program="acme",title="mvp"} 1)",
          R"(perigee_insider_releases_ahead{program="acme"} 6)",
          R"(perigee_redemptions{program="acme",state="fulfilled"} 7)",
          R"(perigee_redemptions{program="acme",state="held"} 0)",
          R"(perigee_ideas{program="acme",state="planned"} 4)",
          R"(perigee_ideas{program="acme",state="declined"} 0)",
          R"(perigee_idea_votes{program="acme"} 31)",
          R"(perigee_insider_seats{program="acme",state="waiting"} 8)",
          R"(perigee_insider_seats{program="acme",state="given_back"} 0)",
          R"(perigee_tier_members{level="gold",program="acme",scheme="loyalty"} 3)",
          R"(perigee_tier_notices{level="gold",program="acme",scheme="loyalty"} 1)",
          R"(perigee_sign_in_refused_total{cause="time"} 5)",
          R"(perigee_issuer_keys{issuer="https://id.example"} 2)",
          R"(perigee_issuer_keys_age_seconds{issuer="https://id.example"} 30)",
          R"(perigee_issuer_failures_total{issuer="https://id.example"} 4)",
      }) {
    EXPECT_THAT(page, HasSubstr(line));
  }
}

TEST(MetricsTest, AnEmptyProgrammeShowsZeroAndNoRatio) {
  runtime::Metrics metrics;
  TouchAll(metrics);
  metrics.Health("acme", {});
  const std::string page = Page(metrics);
  EXPECT_THAT(
      page, HasSubstr(R"(perigee_members{kind="partner",program="acme",standing="suspended"} 0)"));
  EXPECT_THAT(page, Not(HasSubstr("perigee_pull_ratio{")));
}

TEST(MetricsTest, ATitleWithoutChampionsShowsZero) {
  runtime::Metrics metrics;
  TouchAll(metrics);
  metrics.Health("acme", {});
  const std::string page = Page(metrics);
  EXPECT_THAT(page, HasSubstr(R"(perigee_champions{program="acme",state="active",title="mvp"} 0)"));
  EXPECT_THAT(page, HasSubstr(R"(perigee_terms_ending_soon{program="acme",title="mvp"} 0)"));
}

TEST(MetricsTest, ALevelWithoutMembersShowsZero) {
  runtime::Metrics metrics;
  TouchAll(metrics);
  metrics.Health("acme", {});
  const std::string page = Page(metrics);
  EXPECT_THAT(page,
              HasSubstr(R"(perigee_tier_members{level="gold",program="acme",scheme="loyalty"} 0)"));
  EXPECT_THAT(page,
              HasSubstr(R"(perigee_tier_notices{level="gold",program="acme",scheme="loyalty"} 0)"));
}

TEST(MetricsTest, ADeletedProgrammeHasNoFigures) {
  runtime::Metrics metrics;
  TouchAll(metrics);
  metrics.JournalHead("other", 3);
  metrics.ProgramDeleted("acme");
  const std::string page = Page(metrics);
  EXPECT_THAT(page, Not(HasSubstr(R"(program="acme")")));
  EXPECT_THAT(page, HasSubstr(R"(perigee_journal_head{program="other"} 3)"));
}

TEST(MetricsTest, LagFollowsTheHeadAndIsNeverNegative) {
  runtime::Metrics metrics;
  metrics.Projected("acme", "memory", 9);
  EXPECT_THAT(Page(metrics), HasSubstr(R"(projection="memory"} 0)"));
  metrics.JournalHead("acme", 11);
  EXPECT_THAT(Page(metrics), HasSubstr(R"(projection="memory"} 2)"));
}

TEST(MetricsTest, AMethodHasOneSetOfFigures) {
  runtime::Metrics metrics;
  EXPECT_EQ(&metrics.Rpc("S", "M"), &metrics.Rpc("S", "M"));
  EXPECT_NE(&metrics.Rpc("S", "M"), &metrics.Rpc("S", "N"));
}

TEST(MetricsTest, PromtoolFindsNothingToMend) {
  if (std::system("promtool --version >/dev/null 2>&1") != 0) {
    PERIGEE_SKIP_OR_FAIL("promtool is not installed");
  }
  runtime::Metrics metrics;
  TouchAll(metrics);
  const std::string path = ::testing::TempDir() + "/metrics_" + std::to_string(::getpid());
  std::ofstream(path) << Page(metrics);
  EXPECT_EQ(std::system(("promtool check metrics < " + path).c_str()), 0);
  std::remove(path.c_str());
}

}  // namespace
}  // namespace perigee::tests
