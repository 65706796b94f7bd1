#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "absl/status/status.h"
#include "tests/bench/machine.h"

namespace perigee::bench {

// The median; of an even number of values the mean of the middle two. `values` must not be empty.
double Median(std::vector<double> values);

// Two figures for each round, floor and ours, measured one right after the other.
struct Rounds {
  std::vector<double> floor;
  std::vector<double> ours;

  void Add(double floor_figure, double our_figure);
  // One ratio for each round, because a disturbance affects both sides of a round.
  std::vector<double> Ratios() const;
};

// The bound of the ratio.
struct Target {
  enum class Bound { kAtLeast, kAtMost } bound = Bound::kAtLeast;
  double ratio = 1;
};

// One line of the table.
struct Line {
  std::string engine{};
  std::string work{};
  std::string floor_is{};
  std::string unit{};
  Target target{};
  double floor = 0;  // This and the next two are medians.
  double ours = 0;
  double ratio = 0;
  double ratio_low = 0;  // The lowest of the rounds.
  double ratio_high = 0;

  bool Met() const;
};

// A figure without a target.
struct Fact {
  std::string engine{};
  std::string what{};
  std::string unit{};
  double value = 0;
};

// Plain rates, latencies and costs, for a comparison with other backends. Server and store are
// pinned to one half of the machine, and the load to the other.
struct Pace {
  std::string engine{};
  std::string work{};
  int members = 0;
  int in_flight = 0;
  double rate = 0;  // Calls a second.
  double p50_us = 0;
  double p99_us = 0;
  double cpu_us = 0;        // The server's processor time a call.
  double store_cpu_us = 0;  // That of the store's own processes.
};

struct Report {
  std::string size{};
  int rounds = 0;
  int members = 0;  // 0 means several sizes.
  Machine machine{};
  Usage usage{};
  double sync_us = 0;  // The median time of one fdatasync of a page.
  std::vector<Line> lines{};
  std::vector<Fact> facts{};
  std::vector<Pace> paces{};
};

// Makes a line from these rounds, at least one.
Line MakeLine(Line named, const Rounds& rounds);

// The table: the machine with its other load, the lines (work, floor, ours, ratio with its spread,
// target, met) with the meaning of their floors, the paces and the facts.
std::string Table(const Report& report);

// The machine and its use, also for other files.
nlohmann::json MachineJson(const Report& report);
absl::Status WriteJson(const std::string& path, const Report& report);

}  // namespace perigee::bench
