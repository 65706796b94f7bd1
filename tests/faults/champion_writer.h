#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "tests/faults/writes.h"

namespace perigee::tests {

// The part of a client that moves the machines of champions. It begins things, and moves on those
// that it began. Limits are low, so that clients meet at the last place.
class ChampionWriter {
 public:
  // `number` identifies the client among those of one store.
  ChampionWriter(int number, std::mt19937_64& random) : number_(number), random_(random) {}

  // The next write, with that request id.
  ChampionRequest Make(const std::string& request_id);
  // Remembers what the write began or moved. It must be the last made one, and acknowledged.
  void Learn(const Write& write);

 private:
  // A thing that this client may move.
  struct Own {
    std::string name;    // Of the resource. It ends with `/` until the revision is known.
    std::string member;  // Of the resource.
    int state = 0;       // As its proto has it.
  };
  // Those of one machine, the oldest first.
  using Queue = std::deque<Own>;

  ChampionRequest Ask();
  ChampionRequest Thanks();
  ChampionRequest Redemption();
  ChampionRequest Nomination();
  ChampionRequest Appointment();
  ChampionRequest Contribution();
  ChampionRequest Submit();
  ChampionRequest Badge();
  ChampionRequest Tier();
  ChampionRequest Credential();

  // Takes the oldest thing out, or sometimes nothing, so that a new one begins.
  std::optional<Own> Take(Queue& queue);
  // What becomes of a thing if the write is acknowledged.
  void Then(Queue& queue, Own own, int state);

  bool OneIn(std::int64_t chances) { return Random(1, chances) == 1; }
  std::int64_t Random(std::int64_t least, std::int64_t most);
  // Two different members.
  std::pair<std::string, std::string> TwoMembers();

  const int number_;
  std::mt19937_64& random_;
  Queue asks_;
  Queue thanks_;
  Queue redemptions_;
  Queue nominations_;
  Queue appointments_;
  Queue contributions_;
  Queue badges_;
  Queue tiers_;
  Queue credentials_;
  Queue* then_in_ = nullptr;  // Where the thing of the last made write belongs, if it goes on.
  Own then_;
};

}  // namespace perigee::tests
