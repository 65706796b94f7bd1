#include "tests/bench/report.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/bench/stages.h"
#include "tests/bench/sweeps.h"
#include "tests/matchers/status.h"
#include "tests/support/temporary_folder.h"

namespace perigee::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Rounds SomeRounds() {
  Rounds rounds;
  rounds.Add(100, 50);  // 0.5
  rounds.Add(10, 9);    // 0.9
  rounds.Add(40, 28);   // 0.7
  return rounds;
}

Stage StageOf(const std::string& axis, double echo, double page, double transfer) {
  Stage stage;
  stage.engine = "sqlite";
  stage.axis = axis;
  stage.echo_rate = echo;
  stage.page_rate = stage.rank_rate = stage.around_rate = page;
  stage.transfer_rate = transfer;
  return stage;
}

TEST(MedianTest, IsTheMeanOfTheMiddleTwoOfAnEvenNumber) {
  EXPECT_EQ(Median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(Median({9, 1, 5}), 5);
  EXPECT_EQ(Median({7}), 7);
}

TEST(ReportTest, TheRatioIsTheMedianOfTheRatios) {
  const Line line = MakeLine({.work = "reads"}, SomeRounds());
  EXPECT_DOUBLE_EQ(line.ratio, 0.7);
  EXPECT_DOUBLE_EQ(line.ratio_low, 0.5);
  EXPECT_DOUBLE_EQ(line.ratio_high, 0.9);
  EXPECT_DOUBLE_EQ(line.floor, 40);
  EXPECT_DOUBLE_EQ(line.ours, 28);
}

TEST(ReportTest, ATargetIsMetFromItsOwnSide) {
  Line line{.target = {Target::Bound::kAtLeast, 0.7}};
  line.ratio = 0.7;
  EXPECT_TRUE(line.Met());
  line.ratio = 0.69;
  EXPECT_FALSE(line.Met());
  line.target.bound = Target::Bound::kAtMost;
  EXPECT_TRUE(line.Met());
  line.ratio = 0.71;
  EXPECT_FALSE(line.Met());
}

TEST(ReportTest, TheTableShowsMissedTargetsAndOtherLoad) {
  Report report{.size = "quick", .rounds = 3};
  report.lines.push_back(MakeLine({.engine = "sqlite",
                                   .work = "reads",
                                   .floor_is = "the echo",
                                   .target = {Target::Bound::kAtLeast, 0.8}},
                                  SomeRounds()));
  report.usage.others = 0.25;
  const std::string table = Table(report);
  EXPECT_THAT(table, HasSubstr("0.70 (0.50-0.90)    >= 0.80  NO"));
  EXPECT_THAT(table, HasSubstr("25.0 % other processes'"));
  EXPECT_THAT(table, HasSubstr("floor of reads:\n  the echo"));
}

TEST(ReportTest, TheTableTellsSyncTimePinningAndCost) {
  Report report{.size = "quick", .rounds = 3, .sync_us = 123};
  report.paces.push_back({.work = "top 20", .cpu_us = 9.5, .store_cpu_us = 77});
  const std::string table = Table(report);
  EXPECT_THAT(table, HasSubstr("quick form, 3 rounds, fdatasync of a page 123 us"));
  EXPECT_THAT(table, HasSubstr("plain, by unary calls: " + Pinning()));
  EXPECT_THAT(table, testing::ContainsRegex("top 20 .* 9.5 +77"));
}

TEST(ReportTest, TheFileHoldsTheFiguresOfTheTable) {
  const tests::TemporaryFolder folder;
  Report report{.size = "quick", .rounds = 3, .sync_us = 123};
  report.lines.push_back(MakeLine({.work = "reads"}, SomeRounds()));
  report.paces.push_back({.work = "top 20", .in_flight = 32, .rate = 1000, .cpu_us = 9.5});
  report.facts.push_back({.what = "p50", .value = 3});
  ASSERT_THAT(WriteJson(folder.File("bench.json"), report), tests::IsOk());
  std::ifstream file(folder.File("bench.json"));
  const nlohmann::json read = nlohmann::json::parse(file);
  EXPECT_EQ(read["lines"][0]["ratio"], 0.7);
  EXPECT_EQ(read["lines"][0]["met"], false);
  EXPECT_EQ(read["paces"][0]["in_flight"], 32);
  EXPECT_EQ(read["paces"][0]["cpu_us"], 9.5);
  EXPECT_EQ(read["paces"][0]["pinning"], Pinning());
  EXPECT_EQ(read["machine"]["sync_us"], 123);
  EXPECT_EQ(read["facts"][0]["value"], 3);
  EXPECT_EQ(read["rounds"], 3);
}

TEST(StagesTest, OnlyReadRatesAreSharesOfTheEcho) {
  // At the end the machine was half as fast, and the share of the page a tenth lower.
  const std::vector<Line> lines =
      RemainingRates({StageOf("members", 100, 80, 10), StageOf("members", 70, 60, 9),
                      StageOf("members", 50, 36, 8)});
  ASSERT_EQ(lines.size(), 4);
  EXPECT_DOUBLE_EQ(lines[0].ratio, 0.9);
  EXPECT_DOUBLE_EQ(lines[3].ratio, 0.8);
  EXPECT_TRUE(lines[3].Met());
}

TEST(StagesTest, EachAxisIsComparedWithinItself) {
  const std::vector<Line> lines =
      RemainingRates({StageOf("members", 1, 100, 100), StageOf("members", 1, 50, 50),
                      StageOf("entries", 1, 10, 10), StageOf("entries", 1, 10, 10)});
  std::vector<double> ratios;
  for (const Line& line : lines) {
    ratios.push_back(line.ratio);
  }
  EXPECT_THAT(ratios, ElementsAre(1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5));
}

TEST(StagesTest, TheFilesHoldEveryFigureOfEachStage) {
  const tests::TemporaryFolder folder;
  Stage stage = StageOf("members", 100, 80, 10);
  stage.members = 10'000;
  stage.disk_mib = 12.5;
  ASSERT_THAT(WriteStages(folder.File("s.json"), folder.File("s.csv"), {stage}, Report{}),
              tests::IsOk());
  std::ifstream file(folder.File("s.json"));
  EXPECT_EQ(nlohmann::json::parse(file)["stages"][0]["disk_mib"], 12.5);
  std::ifstream csv(folder.File("s.csv"));
  std::string head;
  std::string row;
  std::getline(csv, head);
  std::getline(csv, row);
  EXPECT_THAT(head, testing::StartsWith("engine,axis,members,programmes,entries,echo_rate,"));
  EXPECT_THAT(row, testing::StartsWith("sqlite,members,10000,0,0,100,80,"));
  EXPECT_THAT(row, testing::EndsWith(",12.5"));
}

Sweep SweepOf(double before, double meanwhile, double after) {
  Sweep sweep;
  sweep.before.rate = before;
  sweep.meanwhile.rate = meanwhile;
  sweep.after.rate = after;
  return sweep;
}

TEST(SweepsTest, TheFloorIsTheMeanOfBeforeAndAfter) {
  Report report;
  AddSweeps("sqlite", "tiers", {SweepOf(120, 90, 80)}, report);
  ASSERT_EQ(report.lines.size(), 1);
  const Line& line = report.lines.front();
  EXPECT_EQ(line.engine, "sqlite");
  EXPECT_EQ(line.work, "write, 32 in flight, beside tiers: rate");
  EXPECT_DOUBLE_EQ(line.floor, 100);
  EXPECT_DOUBLE_EQ(line.ratio, 0.9);
  EXPECT_TRUE(line.Met());
}

TEST(SweepsTest, EveryFigureIsTheMedianOfItsRounds) {
  std::vector<Sweep> rounds(3, SweepOf(100, 80, 100));
  rounds[0].alone_seconds = 9;
  rounds[1].alone_seconds = 2;
  rounds[2].alone_seconds = 3;
  rounds[1].meanwhile.p99_ms = 7;
  rounds[2].meanwhile.p99_ms = 5;
  Report report;
  AddSweeps("sqlite", "tiers", rounds, report);
  const auto figure = [&](const std::string& what) {
    const auto fact = std::ranges::find(report.facts, what, &Fact::what);
    return fact == report.facts.end() ? -1 : fact->value;
  };
  EXPECT_EQ(figure("tiers: alone"), 3);
  EXPECT_EQ(figure("tiers: p99 of a write meanwhile"), 5);
  EXPECT_EQ(figure("tiers: p99 of a write before"), 0);
  EXPECT_FALSE(report.lines.front().Met());
}

}  // namespace
}  // namespace perigee::bench
