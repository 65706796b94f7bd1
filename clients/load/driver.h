#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/session.h"
#include "clients/load/report.h"
#include "clients/load/target.h"

namespace perigee::load {

// The options of a run.
struct Options {
  std::string board = "all";
  int page_size = 20;
  double rate = 0;  // Calls a second of an open loop; 0 means a closed loop.
  int in_flight = 32;
  int in_flight_max = 10'000;
  bool constant = false;
  double seconds = 10;
  int channels = 4;
  int deadline_ms = 10'000;
  int per_stream = 0;  // Activities in each client stream; 0 means one a call.
  int batch = 1000;    // Activities in each message of a stream.
  int watchers = 0;
  std::string what = "transfers";  // The calls of an overload.
  bool flat = false;               // The mix keeps the same rate all the time.
  std::string csv;
  std::string json;
};

// The board that the options name, with its asset and its members.
absl::StatusOr<Target> FindTarget(cli::Session& session, const Options& options);

// Each command puts its load on the server until the time is over or `stop` is true. It fails only
// if it cannot begin; refused calls are in the report.
using Command = absl::StatusOr<Report> (*)(const Options& options, const Target& target,
                                           const std::atomic<bool>& stop);
absl::StatusOr<Report> Pages(const Options&, const Target&, const std::atomic<bool>& stop);
absl::StatusOr<Report> Ranks(const Options&, const Target&, const std::atomic<bool>& stop);
absl::StatusOr<Report> Around(const Options&, const Target&, const std::atomic<bool>& stop);
absl::StatusOr<Report> Transfers(const Options&, const Target&, const std::atomic<bool>& stop);
absl::StatusOr<Report> Activities(const Options&, const Target&, const std::atomic<bool>& stop);
absl::StatusOr<Report> Watch(const Options&, const Target&, const std::atomic<bool>& stop);
absl::StatusOr<Report> Mix(const Options&, const Target&, const std::atomic<bool>& stop);
// Finds the peak of `what` with a closed loop. Then runs open loops at a half, one, two and three
// times that rate. One caller alone follows each of them and shows whether the server has
// recovered.
absl::StatusOr<Report> Overload(const Options&, const Target&, const std::atomic<bool>& stop);
// Reads and durable writes, first with 1 and then with 32 calls in flight.
absl::StatusOr<Report> Lineup(const Options&, const Target&, const std::atomic<bool>& stop);

}  // namespace perigee::load
