#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "clients/load/histogram.h"
#include "clients/load/tally.h"

namespace perigee::load {

struct Load;
struct Result;

// One line of the report.
struct Row {
  std::string name;
  Outcome outcome;
  double seconds = 0;

  double PerSecond() const { return static_cast<double>(outcome.in_time) / seconds; }
};

// The figures of one run of the driver, with its command and options.
struct Report {
  std::string command;
  std::map<std::string, std::string> options;
  std::vector<Row> rows;
  std::vector<std::string> notes;  // One line each.
  // For an open loop; offered_per_second is 0 for a closed one.
  double offered_per_second = 0;
  double good_per_second = 0;
  std::int64_t unsent = 0;
  Histogram lateness;
  std::vector<Second> series;

  // Adds one row for each kind of call, and one of all if there are several kinds.
  void Add(const Load& load, const Result& result);
};

// For people: a table, whether the server kept up with the load, and why calls were refused.
std::string Text(const Report& report);
// The rows, with a header line.
absl::Status WriteCsv(const Report& report, const std::string& path);
// Everything, with the machine that ran it.
absl::Status WriteJson(const Report& report, const std::string& path);

}  // namespace perigee::load
