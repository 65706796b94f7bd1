#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "absl/status/status.h"
#include "tests/bench/machine.h"

namespace perigee::bench {

// Of an even number of values, the mean of the two in the middle. `values` must not be empty.
double Median(std::vector<double> values);

// A pair of figures for each round, floor and ours, taken next to each other in time.
struct Rounds {
  std::vector<double> floor;
  std::vector<double> ours;

  void Add(double floor_figure, double our_figure);
  // Of each round by itself: what disturbs a round disturbs both of its sides.
  std::vector<double> Ratios() const;
};

// What the target allows of the ratio.
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
  double ratio_low = 0;  // Of the rounds.
  double ratio_high = 0;

  bool Met() const;
};

// What is measured besides, without a target.
struct Fact {
  std::string engine{};
  std::string what{};
  std::string unit{};
  double value = 0;
};

// Plain rates and latencies, so that other backends can be lined up.
struct Pace {
  std::string engine{};
  std::string work{};
  int members = 0;
  int in_flight = 0;
  double rate = 0;  // Calls a second.
  double p50_us = 0;
  double p99_us = 0;
};

struct Report {
  std::string size{};
  int rounds = 0;
  int members = 0;  // 0: several sizes.
  Machine machine{};
  Usage usage{};
  std::vector<Line> lines{};
  std::vector<Fact> facts{};
  std::vector<Pace> paces{};
};

// A line of these rounds, of which there must be one or more.
Line MakeLine(Line named, const Rounds& rounds);

// Work, floor, ours, ratio and its spread, target, met; what the floors are; the rest; and the
// machine with what else ran on it.
std::string Table(const Report& report);

// The machine and its use, for files of other kinds too.
nlohmann::json MachineJson(const Report& report);
absl::Status WriteJson(const std::string& path, const Report& report);

}  // namespace perigee::bench
