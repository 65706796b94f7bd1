#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/bench/report.h"

namespace perigee::bench {

// What a server was like at one size.
struct Stage {
  std::string engine;
  std::string axis;  // `members`, `programmes` or `entries`: what was let grow.
  int members = 0;   // In all.
  int programs = 0;
  std::int64_t entries = 0;  // Of all journals.
  // Calls a second with 64 reads or 256 transfers in flight, and the echo's next to the reads.
  double echo_rate = 0;
  double page_rate = 0;
  double rank_rate = 0;
  double around_rate = 0;
  double transfer_rate = 0;
  double transfer_p99_ms = 0;
  // One call at a time.
  double page_p50_us = 0;
  double rank_p50_us = 0;
  double transfer_p50_us = 0;
  double start_seconds = 0;
  double build_seconds = 0;  // Of all boards, from the store.
  double memory_mib = 0;     // Of the server's own, with all boards and names.
  double disk_mib = 0;
};

// What remains of the rates at the largest size of each axis, as lines against the target. The
// reads' are taken as shares of the echo's, which a busy machine slows down as much. Stages stand
// in the order in which they grew.
std::vector<Line> RemainingRates(const std::vector<Stage>& stages);

absl::Status WriteStages(const std::string& json_path, const std::string& csv_path,
                         const std::vector<Stage>& stages, const Report& report);

}  // namespace perigee::bench
