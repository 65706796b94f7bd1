#include "tests/bench/report.h"

#include <fstream>
#include <thread>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace perigee::bench {
namespace {

std::string Target(const Line& line) {
  return absl::StrFormat("%s %.2f", line.bound == Line::Bound::kAtLeast ? ">=" : "<=", line.target);
}

}  // namespace

std::string Table(const std::vector<Line>& lines) {
  std::string table = absl::StrFormat("%-34s %12s %12s %-7s %7s %8s  %s\n", "work", "floor", "ours",
                                      "", "ratio", "target", "met");
  for (const Line& line : lines) {
    absl::StrAppendFormat(&table, "%-34s %12.1f %12.1f %-7s %7.2f %8s  %s\n", line.work, line.floor,
                          line.ours, line.unit, line.ratio, Target(line),
                          line.Met() ? "yes" : "no");
  }
  absl::StrAppend(&table, "\nfloors\n");
  for (const Line& line : lines) {
    absl::StrAppendFormat(&table, "  %-34s %s\n", line.work, line.floor_is);
  }
  return table;
}

absl::Status WriteJson(const std::string& path, const std::vector<Line>& lines,
                       const std::string& size, int rounds) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Line& line : lines) {
    rows.push_back({{"work", line.work},
                    {"floor_is", line.floor_is},
                    {"unit", line.unit},
                    {"floor", line.floor},
                    {"ours", line.ours},
                    {"ratio", line.ratio},
                    {"target", Target(line)},
                    {"met", line.Met()}});
  }
  std::ofstream file(path);
  file << nlohmann::json{{"size", size},
                         {"rounds", rounds},
                         {"processors", std::thread::hardware_concurrency()},
                         {"lines", rows}}
              .dump(2)
       << "\n";
  return file.flush() ? absl::OkStatus() : absl::InternalError(absl::StrCat("cannot write ", path));
}

}  // namespace perigee::bench
