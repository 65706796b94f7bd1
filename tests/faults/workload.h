#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/faults/audit.h"
#include "tests/faults/doors.h"
#include "tests/faults/writer.h"
#include "tests/support/perigeed.h"

namespace perigee::tests {

// Clients that write to servers on one store, round after round, and what they came to know. Used
// by one thread.
class Workload {
 public:
  // The servers run, on a store that was just made.
  Workload(const PlainSql& sql, std::vector<Perigeed*> servers, std::uint64_t seed);

  // Makes the programme and gives every member points to spend.
  absl::Status SetUp();
  // Clients write while `fault` runs and a little longer, until the last write is answered.
  void Round(const std::function<void()>& fault);
  // The same, while boards are read, at a steady pace whether or not answers come, through one
  // server's public door.
  void RoundWithReads(std::size_t server, const std::function<void()>& fault);
  // For faults: this is the moment from which recovery counts.
  void Mark() { marks_.push_back(std::chrono::steady_clock::now()); }
  // For faults: kills a server; starts it and lets clients know.
  void Kill(std::size_t server);
  absl::Status Start(std::size_t server);

  // Holds the store against the clients' knowledge, and `perigeed check` against it if asked. Fails
  // the running test where something is not as it must be.
  void Look(bool check, const std::string& store);

  Doors& doors() { return doors_; }
  // Of one round, or of all.
  double RateOfLastRound() const { return rate_; }
  Writer::Tally Total() const;
  // One line: rounds, writes and how they fared, times to recover.
  void Print(const std::string& name) const;

 private:
  const PlainSql& sql_;
  std::vector<Perigeed*> servers_;
  Doors doors_;
  std::vector<std::unique_ptr<Writer>> writers_;
  std::unique_ptr<Audit> audit_;
  std::vector<SteadyTime> marks_;  // Of the present round.
  std::vector<double> recoveries_ms_;
  int rounds_ = 0;
  double rate_ = 0;  // Acknowledged a second while the fault of the last round lasted.
  std::deque<BoardRead> reads_;
  std::vector<double> read_ms_;
};

// How many rounds, and from which seed: PERIGEE_FAULT_ROUNDS and PERIGEE_FAULT_SEED, if set.
int FaultRounds(int unless_set);
std::uint64_t FaultSeed();

}  // namespace perigee::tests
