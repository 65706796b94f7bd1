#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "tests/bench/report.h"
#include "tests/bench/site.h"
#include "tests/support/server_process.h"

namespace perigee::bench {

// The size of a run.
struct Size {
  std::string name;
  int rounds = 5;
  double seconds = 2;  // For each side of a round.
  int members = 1'000'000;
  int lineup_members = 100'000;
  std::int64_t activities = 100'000;  // Activities streamed in each round.
  int watchers = 10'000;
  double idle_seconds = 25;  // Long enough for a heartbeat of each watcher.
  int boards_members = 10'000;
  int boards = 300;  // The boards in use at once, each with all of `boards_members`.
  int sweeps = 3;    // The rounds of work on all members, which takes long.
  int swept_members = 1'000'000;
};

// The context of a part of the benchmark.
struct Bench {
  const Size& size;
  const tests::ServerProcess& echo;  // The floors of reading.
  Site& site;
  Report& report;

  void Add(Line line, const Rounds& rounds) const;
  void Add(Fact fact) const;
};

// A part that can be measured alone. It starts the server that it needs. In each round it measures
// the floor and the server one after the other.
struct Part {
  const char* name;
  const char* what;
  absl::Status (*measure)(const Bench& bench);
  bool own_stores = false;  // It fills stores of its own, and uses no member of `Bench::site`.
};
std::span<const Part> Parts();

// The parts, grouped by their files.
absl::Status MeasureReads(const Bench& bench);
absl::Status MeasurePagesUnderWrites(const Bench& bench);
absl::Status MeasureManyPages(const Bench& bench);
absl::Status MeasureSteadyReads(const Bench& bench);
absl::Status MeasureReadsAlone(const Bench& bench);
absl::Status MeasureExplain(const Bench& bench);
absl::Status MeasureReadsOnRedis(const Bench& bench);

absl::Status MeasureSignedIn(const Bench& bench);

absl::Status MeasureInsider(const Bench& bench);

absl::Status MeasureTransfers(const Bench& bench);
absl::Status MeasureTransfersAlone(const Bench& bench);
absl::Status MeasureSlowSync(const Bench& bench);
absl::Status MeasureActivities(const Bench& bench);

absl::Status MeasureClosing(const Bench& bench);

absl::Status MeasureChangeSeen(const Bench& bench);
absl::Status MeasureWatchers(const Bench& bench);

absl::Status MeasureInbox(const Bench& bench);

absl::Status MeasureDownloads(const Bench& bench);

absl::Status MeasureStart(const Bench& bench);
absl::Status MeasureRebuild(const Bench& bench);
absl::Status MeasureMemory(const Bench& bench);

absl::Status MeasureBoardsInUse(const Bench& bench);

absl::Status MeasureSweeps(const Bench& bench);

absl::Status MeasureLineup(const Bench& bench);
absl::Status MeasureBefore(const Bench& bench);

// The floor of MeasureSlowSync, for a process with a slow disk. Writes the units that `source` has
// and `copy` lacks into `copy`, one unit a commit, and prints the units a second.
absl::Status ReplaySlowSync(const std::string& source, const std::string& copy);

}  // namespace perigee::bench
