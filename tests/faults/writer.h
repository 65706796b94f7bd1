#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "tests/faults/doors.h"
#include "tests/faults/writes.h"
#include "tests/support/paced_reads.h"

namespace perigee::tests {

// One client: makes writes of all kinds, keeps each before it sends it, and sends it, the same one,
// until it is answered. It resolves and reverses only what it made itself.
class Writer {
 public:
  // `number` tells the clients of one store apart.
  Writer(Doors& doors, int number, std::uint64_t seed);

  // One after the other, at most one each `pace`, until told to stop and the last one is answered.
  void Run(const std::atomic<bool>& going_on, std::chrono::milliseconds pace);
  // One write that is made elsewhere.
  void Run(WriteRequest request);

  // What was meant, in order. Not while it runs.
  const std::deque<Write>& writes() const { return writes_; }
  // When each acknowledgement came, ascending, since the last call. Not while it runs.
  std::vector<SteadyTime> TakeAnswerTimes() { return std::exchange(answered_, {}); }

  struct Tally {
    std::int64_t acknowledged = 0;
    std::int64_t refused = 0;      // For good.
    std::int64_t unavailable = 0;  // Tries that the server refused, saying that another may help,
    std::int64_t unadvised = 0;    // of those, the ones without a time after which to try.
    std::int64_t broken = 0;       // Tries that nobody answered.
    std::int64_t replayed = 0;     // Acknowledgements of what an earlier try had done.
  };
  const Tally& tally() const { return tally_; }

 private:
  WriteRequest Make();
  WriteRequest Transfers();
  WriteRequest Resolve();
  WriteRequest Reverse();
  WriteRequest Activity();
  WriteRequest MemberUpdate();
  void Finish(Write& write);
  void Learn(const Write& write);

  std::int64_t Random(std::int64_t least, std::int64_t most);
  std::string NextRequestId();

  Doors& doors_;
  const int number_;
  std::mt19937_64 random_;
  std::deque<Write> writes_;
  std::vector<SteadyTime> answered_;
  Tally tally_;
  // Its own transfers: names and amounts.
  struct Own {
    std::string name;
    std::int64_t amount = 0;
  };
  std::vector<Own> pending_;
  std::vector<Own> posted_;
};

}  // namespace perigee::tests
