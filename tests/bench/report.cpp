#include "tests/bench/report.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace perigee::bench {
namespace {

using nlohmann::json;

std::string Allowed(const Target& target) {
  return absl::StrFormat("%s %.2f",
                         target.bound == Target::Bound::kAtLeast ? ">=" : "<=", target.ratio);
}

// Writes a value with three significant digits.
std::string Figure(double value) {
  return value < 100 ? absl::StrFormat("%.3g", value) : absl::StrFormat("%.0f", value);
}

std::string Describe(const Machine& machine, const Usage& usage) {
  return absl::StrFormat(
      "%s, %d processors, %.0f GiB, Linux %s, %s\n"
      "%.0f s: %.0f %% of the processors' time ours, %.1f %% other processes', %.1f %% stolen, "
      "%.0f %% idle; load average %.2f before, %.2f after\n",
      machine.processor, machine.processors, machine.memory_gib, machine.kernel, machine.frequency,
      usage.seconds, usage.ours * 100, usage.others * 100, usage.stolen * 100, usage.idle * 100,
      usage.load_before, usage.load_after);
}

void AppendLines(const std::vector<Line>& lines, std::string& text) {
  absl::StrAppendFormat(&text, "%-9s %-64s %10s %10s %-8s %6s %-13s %8s  %s\n", "store", "work",
                        "floor", "ours", "", "ratio", "(rounds)", "target", "met");
  for (const Line& line : lines) {
    absl::StrAppendFormat(&text, "%-9s %-64s %10s %10s %-8s %6.2f %-13s %8s  %s\n", line.engine,
                          line.work, Figure(line.floor), Figure(line.ours), line.unit, line.ratio,
                          absl::StrFormat("(%.2f-%.2f)", line.ratio_low, line.ratio_high),
                          Allowed(line.target), line.Met() ? "yes" : "NO");
  }
  std::map<std::string, std::set<std::string>> works;
  for (const Line& line : lines) {
    works[line.floor_is].insert(line.work);
  }
  for (const auto& [floor_is, of] : works) {
    absl::StrAppendFormat(&text, "\nfloor of %s:\n  %s\n", absl::StrJoin(of, "; "), floor_is);
  }
}

void AppendPaces(const Report& report, std::string& text) {
  absl::StrAppendFormat(&text, "\nplain, by unary calls: %s\n", Pinning());
  absl::StrAppendFormat(&text, "%-9s %-34s %9s %9s %10s %10s %10s %10s %10s\n", "store", "work",
                        "members", "in flight", "calls/s", "p50 us", "p99 us", "CPU us",
                        "store's us");
  for (const Pace& pace : report.paces) {
    absl::StrAppendFormat(&text, "%-9s %-34s %9d %9d %10s %10s %10s %10s %10s\n", pace.engine,
                          pace.work, pace.members, pace.in_flight, Figure(pace.rate),
                          Figure(pace.p50_us), Figure(pace.p99_us), Figure(pace.cpu_us),
                          Figure(pace.store_cpu_us));
  }
}

void AppendFacts(const std::vector<Fact>& facts, std::string& text) {
  absl::StrAppendFormat(&text, "\n%-9s %-65s %10s\n", "store", "besides", "");
  for (const Fact& fact : facts) {
    absl::StrAppendFormat(&text, "%-9s %-65s %10s %s\n", fact.engine, fact.what, Figure(fact.value),
                          fact.unit);
  }
}

json ToJson(const Line& line) {
  return {{"engine", line.engine},
          {"work", line.work},
          {"floor_is", line.floor_is},
          {"unit", line.unit},
          {"floor", line.floor},
          {"ours", line.ours},
          {"ratio", line.ratio},
          {"ratio_low", line.ratio_low},
          {"ratio_high", line.ratio_high},
          {"target", Allowed(line.target)},
          {"met", line.Met()}};
}

json ToJson(const Fact& fact) {
  return {{"engine", fact.engine}, {"what", fact.what}, {"unit", fact.unit}, {"value", fact.value}};
}

json ToJson(const Pace& pace) {
  return {{"engine", pace.engine},   {"work", pace.work},
          {"members", pace.members}, {"in_flight", pace.in_flight},
          {"pinning", Pinning()},    {"rate", pace.rate},
          {"p50_us", pace.p50_us},   {"p99_us", pace.p99_us},
          {"cpu_us", pace.cpu_us},   {"store_cpu_us", pace.store_cpu_us}};
}

template <class Item>
json ToJson(const std::vector<Item>& items) {
  json rows = json::array();
  for (const Item& item : items) {
    rows.push_back(ToJson(item));
  }
  return rows;
}

}  // namespace

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void Rounds::Add(double floor_figure, double our_figure) {
  floor.push_back(floor_figure);
  ours.push_back(our_figure);
}

std::vector<double> Rounds::Ratios() const {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    ratios.push_back(ours[i] / floor[i]);
  }
  return ratios;
}

bool Line::Met() const {
  return target.bound == Target::Bound::kAtLeast ? ratio >= target.ratio : ratio <= target.ratio;
}

Line MakeLine(Line named, const Rounds& rounds) {
  const std::vector<double> ratios = rounds.Ratios();
  named.floor = Median(rounds.floor);
  named.ours = Median(rounds.ours);
  named.ratio = Median(ratios);
  named.ratio_low = *std::ranges::min_element(ratios);
  named.ratio_high = *std::ranges::max_element(ratios);
  return named;
}

std::string Table(const Report& report) {
  std::string text = absl::StrFormat("%s form, %d rounds", report.size, report.rounds);
  if (report.members > 0) {
    absl::StrAppendFormat(&text, ", %d members", report.members);
  }
  absl::StrAppendFormat(&text, ", fdatasync of a page %s us\n", Figure(report.sync_us));
  absl::StrAppend(&text, Describe(report.machine, report.usage), "\n");
  if (!report.lines.empty()) {
    AppendLines(report.lines, text);
  }
  if (!report.paces.empty()) {
    AppendPaces(report, text);
  }
  if (!report.facts.empty()) {
    AppendFacts(report.facts, text);
  }
  return text;
}

nlohmann::json MachineJson(const Report& report) {
  const Machine& machine = report.machine;
  const Usage& usage = report.usage;
  return {{"processor", machine.processor},
          {"processors", machine.processors},
          {"memory_gib", machine.memory_gib},
          {"kernel", machine.kernel},
          {"frequency", machine.frequency},
          {"sync_us", report.sync_us},
          {"seconds", usage.seconds},
          {"ours", usage.ours},
          {"others", usage.others},
          {"stolen", usage.stolen},
          {"idle", usage.idle},
          {"load_before", usage.load_before},
          {"load_after", usage.load_after}};
}

absl::Status WriteJson(const std::string& path, const Report& report) {
  std::ofstream file(path);
  file << json{{"size", report.size},           {"rounds", report.rounds},
               {"members", report.members},     {"machine", MachineJson(report)},
               {"lines", ToJson(report.lines)}, {"paces", ToJson(report.paces)},
               {"facts", ToJson(report.facts)}}
              .dump(2)
       << "\n";
  return file.flush() ? absl::OkStatus() : absl::InternalError(absl::StrCat("cannot write ", path));
}

}  // namespace perigee::bench
