#include "clients/load/report.h"

#include <sys/utsname.h>

#include <array>
#include <chrono>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "clients/cli/table.h"
#include "clients/load/engine.h"
#include "clients/load/histogram.h"
#include "clients/load/tally.h"

namespace perigee::load {
namespace {

constexpr std::array<std::pair<const char*, double>, 5> kQuantiles{
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1.0}}};
// A server that answers a smaller part of the offered calls did not keep up.
constexpr double kKeptUp = 0.99;
// A driver that is later than this at its 99th percentile measures itself.
constexpr std::chrono::milliseconds kLate{1};

double Micros(std::chrono::nanoseconds duration) {
  return static_cast<double>(duration.count()) / 1000;
}

std::string Millis(std::chrono::nanoseconds duration) {
  return absl::StrFormat("%.3f", Micros(duration) / 1000);
}

std::string Refusals(const Outcome& outcome, const char* between) {
  return absl::StrJoin(outcome.refused, between, absl::PairFormatter("="));
}

std::string OpenLoopText(const Report& report) {
  const double good = report.good_per_second;
  std::string text = absl::StrFormat(
      "\noffered %.1f calls/s, good answers %.1f/s in time (%.1f %%)\n"
      "sent later than intended: p50 %s ms, p99 %s ms, max %s ms\n",
      report.offered_per_second, good, 100 * good / report.offered_per_second,
      Millis(report.lateness.Quantile(0.5)), Millis(report.lateness.Quantile(0.99)),
      Millis(report.lateness.max()));
  if (report.unsent > 0) {
    absl::StrAppendFormat(&text,
                          "NOT KEPT UP: %d calls that were due could not be sent before the end\n",
                          report.unsent);
  } else if (good < kKeptUp * report.offered_per_second) {
    text += "NOT KEPT UP: the server gave fewer good answers than it was asked for\n";
  }
  if (report.lateness.Quantile(0.99) > kLate) {
    text += "the driver itself was late: it, or the machine, has too much to do\n";
  }
  return text;
}

nlohmann::json Json(const Histogram& histogram) {
  nlohmann::json json{{"count", histogram.count()}, {"mean", Micros(histogram.Mean())}};
  for (const auto& [name, part] : kQuantiles) {
    json[name] = Micros(histogram.Quantile(part));
  }
  return json;
}

// The rest of the first line of a file that begins with `key`.
std::string Fact(const char* path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) {
      const std::size_t begin = line.find_first_not_of(" \t:", key.size());
      return begin == std::string::npos ? "" : line.substr(begin);
    }
  }
  return "";
}

nlohmann::json Machine() {
  utsname system{};
  ::uname(&system);
  return {{"processors", std::thread::hardware_concurrency()},
          {"processor", Fact("/proc/cpuinfo", "model name")},
          {"memory", Fact("/proc/meminfo", "MemTotal")},
          {"system", absl::StrCat(system.sysname, " ", system.release, " ", system.machine)},
          {"load_average", Fact("/proc/loadavg", "")}};
}

absl::Status Write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  return file.flush() ? absl::OkStatus() : absl::InternalError(absl::StrCat("cannot write ", path));
}

}  // namespace

void Report::Add(const Load& load, const Result& result) {
  for (std::size_t kind = 0; kind < load.calls.size(); ++kind) {
    rows.push_back({load.calls[kind].name, result.outcomes[kind], result.seconds});
  }
  if (load.calls.size() > 1) {
    rows.push_back({"all", result.Total(), result.seconds});
  }
  good_per_second = result.Rate();
  offered_per_second = static_cast<double>(result.offered) / result.seconds;
  unsent = result.unsent;
  lateness = result.lateness;
  series = result.series;
}

std::string Text(const Report& report) {
  cli::Table table(
      {"CALL", ">OK", ">OK/S", ">REFUSED", ">P50 MS", ">P90", ">P99", ">P99.9", ">MAX", ">MEAN"});
  for (const Row& row : report.rows) {
    std::vector<std::string> cells{row.name, absl::StrCat(row.outcome.Ok()),
                                   absl::StrFormat("%.1f", row.PerSecond()),
                                   absl::StrCat(row.outcome.Refused())};
    for (const auto& [name, part] : kQuantiles) {
      cells.push_back(Millis(row.outcome.latency.Quantile(part)));
    }
    cells.push_back(Millis(row.outcome.latency.Mean()));
    table.Add(std::move(cells));
  }
  std::ostringstream text;
  table.Print(text);
  if (report.offered_per_second > 0) {
    text << OpenLoopText(report);
  }
  for (const Row& row : report.rows) {
    if (row.outcome.Refused() > 0 && row.name != "all") {
      text << "\nrefused of " << row.name << ": " << Refusals(row.outcome, ", ")
           << "\n  such as: " << row.outcome.refusal << "\n";
    }
  }
  for (const std::string& note : report.notes) {
    text << "\n" << note << "\n";
  }
  return text.str();
}

absl::Status WriteCsv(const Report& report, const std::string& path) {
  std::string text =
      "call,ok,ok_per_s,refused,p50_us,p90_us,p99_us,p999_us,max_us,mean_us,reasons\n";
  for (const Row& row : report.rows) {
    absl::StrAppendFormat(&text, "%s,%d,%.3f,%d", row.name, row.outcome.Ok(), row.PerSecond(),
                          row.outcome.Refused());
    for (const auto& [name, part] : kQuantiles) {
      absl::StrAppendFormat(&text, ",%.3f", Micros(row.outcome.latency.Quantile(part)));
    }
    absl::StrAppendFormat(&text, ",%.3f,%s\n", Micros(row.outcome.latency.Mean()),
                          Refusals(row.outcome, ";"));
  }
  return Write(path, text);
}

absl::Status WriteJson(const Report& report, const std::string& path) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Row& row : report.rows) {
    rows.push_back({{"call", row.name},
                    {"seconds", row.seconds},
                    {"ok", row.outcome.Ok()},
                    {"ok_per_second", row.PerSecond()},
                    {"refused", row.outcome.refused},
                    {"latency_us", Json(row.outcome.latency)},
                    {"refused_latency_us", Json(row.outcome.refused_latency)}});
  }
  nlohmann::json series = nlohmann::json::array();
  for (const Second& second : report.series) {
    series.push_back({{"ok", second.ok},
                      {"refused", second.refused},
                      {"p50_us", Micros(second.p50)},
                      {"p99_us", Micros(second.p99)}});
  }
  nlohmann::json json{
      {"command", report.command},
      {"time", absl::FormatTime(absl::RFC3339_sec, absl::Now(), absl::UTCTimeZone())},
      {"machine", Machine()},
      {"options", report.options},
      {"calls", rows},
      {"seconds", series}};
  if (report.offered_per_second > 0) {
    json["open_loop"] = {{"offered_per_second", report.offered_per_second},
                         {"good_per_second", report.good_per_second},
                         {"unsent", report.unsent},
                         {"lateness_us", Json(report.lateness)}};
  }
  return Write(path, json.dump(2) + "\n");
}

}  // namespace perigee::load
