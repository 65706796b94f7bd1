#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "tests/bench/report.h"
#include "tests/bench/site.h"
#include "tests/support/server_process.h"

namespace perigee::bench {

// How much is measured.
struct Size {
  std::string name;
  int rounds = 5;
  double seconds = 2;  // Of each side of a round.
  int members = 1'000'000;
  int lineup_members = 100'000;
  std::int64_t activities = 100'000;  // Streamed in a round.
  int watchers = 10'000;
  double idle_seconds = 25;  // Long enough for a heartbeat of each watcher.
};

// What a part of the benchmark works with.
struct Bench {
  const Size& size;
  const tests::ServerProcess& echo;  // The floor of reading.
  Site& site;
  Report& report;

  void Add(Line line, const Rounds& rounds) const;
  void Add(Fact fact) const;
};

// A part that can be measured by itself. It brings the server up as it needs it, and measures floor
// and server one after the other in each round.
struct Part {
  const char* name;
  const char* what;
  absl::Status (*measure)(const Bench& bench);
};
std::span<const Part> Parts();

// The parts, by the files that hold them.
absl::Status MeasureReads(const Bench& bench);
absl::Status MeasureSteadyReads(const Bench& bench);
absl::Status MeasureReadsAlone(const Bench& bench);
absl::Status MeasureExplain(const Bench& bench);
absl::Status MeasureReadsOnRedis(const Bench& bench);

absl::Status MeasureTransfers(const Bench& bench);
absl::Status MeasureTransfersAlone(const Bench& bench);
absl::Status MeasureSlowSync(const Bench& bench);
absl::Status MeasureActivities(const Bench& bench);

absl::Status MeasureClosing(const Bench& bench);

absl::Status MeasureChangeSeen(const Bench& bench);
absl::Status MeasureWatchers(const Bench& bench);

absl::Status MeasureStart(const Bench& bench);
absl::Status MeasureRebuild(const Bench& bench);
absl::Status MeasureMemory(const Bench& bench);

absl::Status MeasureLineup(const Bench& bench);

// The floor of MeasureSlowSync, in a process whose disk is slow: writes into the store `copy` what
// `source` has more, one unit a commit, and prints how many units a second.
absl::Status ReplaySlowSync(const std::string& source, const std::string& copy);

}  // namespace perigee::bench
