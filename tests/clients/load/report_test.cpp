#include "clients/load/report.h"
#include "clients/load/engine.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/matchers/status.h"

namespace perigee::load {
namespace {

using perigee::tests::IsOk;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// 99 calls of 1 ms, one of 100 ms and two refused ones, in two seconds.
Row AnyRow() {
  Row row;
  row.name = "page";
  row.seconds = 2;
  row.outcome.latency.Record(milliseconds(1), 99);
  row.outcome.latency.Record(milliseconds(100));
  row.outcome.in_time = 100;
  row.outcome.refused_latency.Record(microseconds(50), 2);
  row.outcome.refused["RESOURCE_EXHAUSTED OVERLOADED"] = 2;
  row.outcome.refusal = "too much work";
  return row;
}

Report AnyReport() {
  Report report;
  report.command = "pages";
  report.options["--rate"] = "51";
  report.rows.push_back(AnyRow());
  report.series.push_back({60, 2, microseconds(900), milliseconds(2)});
  report.series.push_back({40, 0, microseconds(800), milliseconds(90)});
  report.offered_per_second = 51;
  report.good_per_second = 50;
  report.lateness.Record(microseconds(10), 102);
  return report;
}

std::string ReadBack(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  std::filesystem::remove(path);
  return text.str();
}

std::vector<std::string> Split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, at);) {
    parts.push_back(part);
  }
  return parts;
}

TEST(LoadReport, CsvHasOneValueForEachHeading) {
  const std::string path = ::testing::TempDir() + "load_report_test.csv";
  ASSERT_THAT(WriteCsv(AnyReport(), path), IsOk());
  const std::vector<std::string> lines = Split(ReadBack(path), '\n');
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(Split(lines[0], ','),
              ElementsAre("call", "ok", "ok_per_s", "refused", "p50_us", "p90_us", "p99_us",
                          "p999_us", "max_us", "mean_us", "reasons"));
  const std::vector<std::string> values = Split(lines[1], ',');
  ASSERT_EQ(values.size(), 11U);
  EXPECT_EQ(values[0], "page");
  EXPECT_EQ(values[1], "100");
  EXPECT_EQ(values[2], "50.000");
  EXPECT_EQ(values[3], "2");
  EXPECT_NEAR(std::stod(values[4]), 1000, 4);
  EXPECT_NEAR(std::stod(values[6]), 1000, 4);
  EXPECT_EQ(values[8], "100000.000");
  EXPECT_EQ(values[9], "1990.000");
  EXPECT_EQ(values[10], "RESOURCE_EXHAUSTED OVERLOADED=2");
}

TEST(LoadReport, JsonHasOptionsMachineCallsAndEachSecond) {
  const std::string path = ::testing::TempDir() + "load_report_test.json";
  ASSERT_THAT(WriteJson(AnyReport(), path), IsOk());
  const nlohmann::json json = nlohmann::json::parse(ReadBack(path));
  EXPECT_EQ(json["command"], "pages");
  EXPECT_EQ(json["options"]["--rate"], "51");
  EXPECT_GT(json["machine"]["processors"], 0);
  EXPECT_THAT(json["machine"]["system"].get<std::string>(), HasSubstr("Linux"));
  ASSERT_EQ(json["calls"].size(), 1U);
  const nlohmann::json& call = json["calls"][0];
  EXPECT_EQ(call["ok"], 100);
  EXPECT_EQ(call["refused"]["RESOURCE_EXHAUSTED OVERLOADED"], 2);
  EXPECT_EQ(call["latency_us"]["max"], 100'000);
  EXPECT_NEAR(call["refused_latency_us"]["p50"].get<double>(), 50, 0.2);
  ASSERT_EQ(json["seconds"].size(), 2U);
  EXPECT_EQ(json["seconds"][0]["refused"], 2);
  EXPECT_EQ(json["seconds"][1]["p99_us"], 90'000);
  EXPECT_EQ(json["open_loop"]["offered_per_second"], 51);
}

TEST(LoadReport, AFileThatCannotBeWrittenIsSaid) {
  EXPECT_THAT(WriteCsv(AnyReport(), "/proc/no/such/file"), Not(IsOk()));
}

TEST(LoadReport, TextSaysWhyCallsWereRefused) {
  EXPECT_THAT(Text(AnyReport()),
              HasSubstr("refused of page: RESOURCE_EXHAUSTED OVERLOADED=2\n  such as: too much"));
}

TEST(LoadReport, TextSaysWhenTheLoadWasNotKeptUpWith) {
  Report report = AnyReport();
  EXPECT_THAT(Text(report), HasSubstr("NOT KEPT UP: the server"));
  report.good_per_second = 50.9;
  EXPECT_THAT(Text(report), Not(HasSubstr("NOT KEPT UP")));
  report.unsent = 3;
  EXPECT_THAT(Text(report), HasSubstr("NOT KEPT UP: 3 calls"));
}

TEST(LoadReport, TextSaysWhenTheDriverItselfWasLate) {
  Report report = AnyReport();
  EXPECT_THAT(Text(report), Not(HasSubstr("driver itself")));
  report.lateness.Record(milliseconds(5), 10);
  EXPECT_THAT(Text(report), HasSubstr("the driver itself was late"));
}

TEST(LoadReport, SeveralKindsOfCallsGetARowOfAll) {
  Load load;
  load.calls.resize(2);
  load.calls[0].name = "page";
  load.calls[1].name = "rank";
  Result result;
  result.seconds = 2;
  result.outcomes = {AnyRow().outcome, AnyRow().outcome};
  Report report;
  report.Add(load, result);
  ASSERT_EQ(report.rows.size(), 3U);
  EXPECT_EQ(report.rows[2].name, "all");
  EXPECT_EQ(report.rows[2].outcome.Ok(), 200);
  EXPECT_EQ(report.rows[2].PerSecond(), 100);
  EXPECT_EQ(report.rows[2].outcome.refused.at("RESOURCE_EXHAUSTED OVERLOADED"), 4);
}

}  // namespace
}  // namespace perigee::load
