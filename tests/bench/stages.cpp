#include "tests/bench/stages.h"

#include <array>
#include <fstream>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace perigee::bench {
namespace {

constexpr double kRemainingTarget = 0.75;

struct Figure {
  const char* name;
  double Stage::*value;
};
constexpr std::array kFigures{Figure{"echo_rate", &Stage::echo_rate},
                              Figure{"page_rate", &Stage::page_rate},
                              Figure{"rank_rate", &Stage::rank_rate},
                              Figure{"around_rate", &Stage::around_rate},
                              Figure{"transfer_rate", &Stage::transfer_rate},
                              Figure{"transfer_p99_ms", &Stage::transfer_p99_ms},
                              Figure{"page_p50_us", &Stage::page_p50_us},
                              Figure{"rank_p50_us", &Stage::rank_p50_us},
                              Figure{"transfer_p50_us", &Stage::transfer_p50_us},
                              Figure{"start_seconds", &Stage::start_seconds},
                              Figure{"build_seconds", &Stage::build_seconds},
                              Figure{"memory_mib", &Stage::memory_mib},
                              Figure{"disk_mib", &Stage::disk_mib}};

struct Rate {
  const char* name;
  double Stage::*value;
  bool beside_the_echo;
};
constexpr std::array kRates{
    Rate{"the board page", &Stage::page_rate, true}, Rate{"rank", &Stage::rank_rate, true},
    Rate{"around", &Stage::around_rate, true}, Rate{"transfer", &Stage::transfer_rate, false}};

double Share(const Stage& stage, const Rate& rate) {
  return stage.*rate.value / (rate.beside_the_echo ? stage.echo_rate : 1);
}

nlohmann::json ToJson(const Stage& stage) {
  nlohmann::json row{{"engine", stage.engine},
                     {"axis", stage.axis},
                     {"members", stage.members},
                     {"programmes", stage.programs},
                     {"entries", stage.entries}};
  for (const Figure& figure : kFigures) {
    row[figure.name] = stage.*figure.value;
  }
  return row;
}

std::string ToCsv(const std::vector<Stage>& stages) {
  std::string csv = "engine,axis,members,programmes,entries";
  for (const Figure& figure : kFigures) {
    absl::StrAppend(&csv, ",", figure.name);
  }
  for (const Stage& stage : stages) {
    absl::StrAppend(&csv, "\n", stage.engine, ",", stage.axis, ",", stage.members, ",",
                    stage.programs, ",", stage.entries);
    for (const Figure& figure : kFigures) {
      absl::StrAppend(&csv, ",", stage.*figure.value);
    }
  }
  return csv + "\n";
}

}  // namespace

std::vector<Line> RemainingRates(const std::vector<Stage>& stages) {
  // The stages come in the order of growth, so these are the first and the last of each axis.
  std::map<std::pair<std::string, std::string>, std::pair<const Stage*, const Stage*>> ends;
  for (const Stage& stage : stages) {
    auto& [first, last] = ends[{stage.engine, stage.axis}];
    first = first == nullptr ? &stage : first;
    last = &stage;
  }
  std::vector<Line> lines;
  for (const auto& [of, end] : ends) {
    for (const Rate& rate : kRates) {
      Rounds rounds;
      rounds.Add(Share(*end.first, rate), Share(*end.second, rate));
      lines.push_back(MakeLine(
          {.engine = of.first,
           .work = absl::StrCat("rate of ", rate.name, ", kept as ", of.second, " grow"),
           .floor_is = rate.beside_the_echo ? "the same at the smallest size, as shares of the echo"
                                            : "the same at the smallest size",
           .unit = rate.beside_the_echo ? "of echo" : "1/s",
           .target = {Target::Bound::kAtLeast, kRemainingTarget}},
          rounds));
    }
  }
  return lines;
}

absl::Status WriteStages(const std::string& json_path, const std::string& csv_path,
                         const std::vector<Stage>& stages, const Report& report) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Stage& stage : stages) {
    rows.push_back(ToJson(stage));
  }
  std::ofstream json(json_path);
  json << nlohmann::json{{"size", report.size}, {"machine", MachineJson(report)}, {"stages", rows}}
              .dump(2)
       << "\n";
  std::ofstream csv(csv_path);
  csv << ToCsv(stages);
  return json.flush() && csv.flush() ? absl::OkStatus()
                                     : absl::InternalError("cannot write the stages of growth");
}

}  // namespace perigee::bench
