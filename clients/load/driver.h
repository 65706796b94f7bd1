#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/session.h"
#include "clients/load/report.h"
#include "clients/load/target.h"

namespace perigee::load {

// What the command line says of a run.
struct Options {
  std::string board = "all";
  int page_size = 20;
  double rate = 0;  // Calls a second of an open loop; 0: a closed loop.
  int in_flight = 32;
  int in_flight_max = 10'000;
  bool constant = false;
  double seconds = 10;
  int channels = 4;
  int deadline_ms = 10'000;
  int per_stream = 0;  // Activities by each client stream; 0: one a call.
  int batch = 1000;    // Activities a message of a stream.
  int watchers = 0;
  std::string what = "transfers";  // What an overload is made of.
  bool flat = false;               // A mix at the same rate all the time.
  std::string csv;
  std::string json;
};

// The board that the options name, explored.
absl::StatusOr<Target> FindTarget(cli::Session& session, const Options& options);

// Each puts its load on until the time is over or `stop` is true, and fails only if it cannot
// begin; what the server refuses is in the report.
using Command = absl::StatusOr<Report> (*)(const Options& options, const Target& target,
                                           const std::atomic<bool>& stop);
absl::StatusOr<Report> Pages(const Options&, const Target&, const std::atomic<bool>& stop);
absl::StatusOr<Report> Ranks(const Options&, const Target&, const std::atomic<bool>& stop);
absl::StatusOr<Report> Around(const Options&, const Target&, const std::atomic<bool>& stop);
absl::StatusOr<Report> Transfers(const Options&, const Target&, const std::atomic<bool>& stop);
absl::StatusOr<Report> Activities(const Options&, const Target&, const std::atomic<bool>& stop);
absl::StatusOr<Report> Watch(const Options&, const Target&, const std::atomic<bool>& stop);
absl::StatusOr<Report> Mix(const Options&, const Target&, const std::atomic<bool>& stop);
// The peak of `what` by a closed loop, then open loops of half, one, two and three times as much,
// each followed by one caller alone, who tells whether the server is itself again.
absl::StatusOr<Report> Overload(const Options&, const Target&, const std::atomic<bool>& stop);
// Reads and durable writes with 1 and with 32 in flight, one after the other.
absl::StatusOr<Report> Lineup(const Options&, const Target&, const std::atomic<bool>& stop);

}  // namespace perigee::load
