#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/bench/report.h"

namespace perigee::bench {

// The figures of a server at one size.
struct Stage {
  std::string engine;
  std::string axis;  // The axis that grows: `members`, `programmes` or `entries`.
  int members = 0;   // In all.
  int programs = 0;
  std::int64_t entries = 0;  // The entries of all journals.
  // Calls a second with 64 reads or 256 transfers in flight; the echo is measured next to the
  // reads.
  double echo_rate = 0;
  double page_rate = 0;
  double rank_rate = 0;
  double around_rate = 0;
  double transfer_rate = 0;
  double transfer_p99_ms = 0;
  // Medians of one call at a time.
  double page_p50_us = 0;
  double rank_p50_us = 0;
  double transfer_p50_us = 0;
  double start_seconds = 0;
  double build_seconds = 0;  // All boards, from the store.
  double memory_mib = 0;     // The server's own, with all boards and names.
  double disk_mib = 0;
};

// The rates at the largest size of each axis, as parts of those at the smallest, in lines with the
// target. Read rates are shares of the echo's rate, because a busy machine slows both. Stages must
// come in the order of growth.
std::vector<Line> RemainingRates(const std::vector<Stage>& stages);

absl::Status WriteStages(const std::string& json_path, const std::string& csv_path,
                         const std::vector<Stage>& stages, const Report& report);

}  // namespace perigee::bench
