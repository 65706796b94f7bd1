#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/faults/champion_writer.h"
#include "tests/faults/doors.h"
#include "tests/faults/writes.h"
#include "tests/support/paced_reads.h"

namespace perigee::tests {

// One client. It makes writes of all kinds, stores each before it sends it, and sends the same one
// until it is answered. It resolves and reverses only its own transfers. ChampionWriter has its
// part in the machines of champions.
class Writer {
 public:
  // `number` identifies the client among those of one store.
  Writer(Doors& doors, int number, std::uint64_t seed);

  // Makes one write after the other, at most one each `pace`, until `going_on` is false and the
  // last write is answered.
  void Run(const std::atomic<bool>& going_on, std::chrono::milliseconds pace);
  // Sends one given write, on which this client will build no other.
  void Run(WriteRequest request);

  // All writes of this client, in order. Not while it runs.
  const std::deque<Write>& writes() const { return writes_; }
  // The times of the acknowledgements since the last call, ascending. Not while it runs.
  std::vector<SteadyTime> TakeAnswerTimes() { return std::exchange(answered_, {}); }

  struct Tally {
    std::int64_t acknowledged = 0;
    std::int64_t refused = 0;      // Writes that were refused for good.
    std::int64_t unavailable = 0;  // Refused tries that may be repeated;
    std::int64_t unadvised = 0;    // those of them without a retry delay.
    std::int64_t broken = 0;       // Tries without an answer.
    std::int64_t replayed = 0;     // Acknowledged writes that an earlier try had done.
    // Acknowledged and refused writes, by KindOf.
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> by_kind;
  };
  const Tally& tally() const { return tally_; }

 private:
  WriteRequest Make();
  BooksRequest Transfers();
  BooksRequest Resolve();
  BooksRequest Reverse();
  BooksRequest Activity();
  BooksRequest MemberUpdate();
  void Finish(Write& write);
  void Learn(const Write& write);
  void Learn(const BooksRequest& request, std::int64_t revision);

  std::int64_t Random(std::int64_t least, std::int64_t most);
  std::string NextRequestId();

  Doors& doors_;
  const int number_;
  std::mt19937_64 random_;
  std::deque<Write> writes_;
  std::vector<SteadyTime> answered_;
  Tally tally_;
  // One of the client's own transfers.
  struct Own {
    std::string name;
    std::int64_t amount = 0;
  };
  std::vector<Own> pending_;
  std::vector<Own> posted_;
  ChampionWriter champions_;
};

}  // namespace perigee::tests
