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

// Clients that write to servers on one store, round after round, and their knowledge of the writes.
// For one thread.
class Workload {
 public:
  // The servers must run on a new store.
  Workload(const PlainSql& sql, std::vector<Perigeed*> servers, std::uint64_t seed);

  // Makes the programme and gives every member points to spend.
  absl::Status SetUp();
  // Clients write while `fault` runs and a little longer, until the last write is answered.
  void Round(const std::function<void()>& fault);
  // The same, while boards are read through the public door of one server, at a steady pace whether
  // or not answers come.
  void RoundWithReads(std::size_t server, const std::function<void()>& fault);
  // For faults: recovery counts from this moment.
  void Mark() { marks_.push_back(std::chrono::steady_clock::now()); }
  // For faults: Kill kills a server; Start starts it and tells the clients.
  void Kill(std::size_t server);
  absl::Status Start(std::size_t server);

  // Compares the store with the clients' knowledge, and runs `perigeed check` if `check` is true. A
  // difference fails the running test.
  void Look(bool check, const std::string& store);
  // Waits until the servers have done what follows from the writes, and looks. Needs a look at all
  // writes before it.
  void Settle(const std::string& store);

  // Its knowledge is of the last look.
  const ChampionAudit& champions() const { return audit_->champions(); }
  // One is of the last round, the other of all rounds.
  double RateOfLastRound() const { return rate_; }
  Writer::Tally Total() const;
  // Prints one line: rounds, writes with their outcomes, acknowledged and refused ones of each
  // kind, and times to recover.
  void Print(const std::string& name) const;

 private:
  const PlainSql& sql_;
  std::vector<Perigeed*> servers_;
  Doors doors_;
  std::vector<std::unique_ptr<Writer>> writers_;
  std::unique_ptr<Audit> audit_;
  std::vector<SteadyTime> marks_;  // The marks of the present round.
  std::vector<double> recoveries_ms_;
  int rounds_ = 0;
  int kills_ = 0;
  double rate_ = 0;  // Acknowledged writes a second during the last fault.
  std::deque<BoardRead> reads_;
  std::vector<double> read_ms_;
};

// The number of rounds and the seed, from PERIGEE_FAULT_ROUNDS and PERIGEE_FAULT_SEED if set.
int FaultRounds(int unless_set);
std::uint64_t FaultSeed();

}  // namespace perigee::tests
