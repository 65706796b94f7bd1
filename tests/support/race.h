#pragma once

#include <latch>
#include <map>
#include <mutex>
#include <optional>
#include <ostream>
#include <thread>
#include <vector>

#include "server/core/error.h"

namespace perigee::tests {

// What became of calls that were made at once. nullopt: a failure that is no refusal.
struct Race {
  int done = 0;
  std::map<std::optional<Reason>, int> refused;

  // How many were refused for this reason.
  int RefusedFor(Reason reason) const {
    const auto found = refused.find(reason);
    return found == refused.end() ? 0 : found->second;
  }

  friend bool operator==(const Race&, const Race&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Race& race) {
    out << race.done << " done";
    for (const auto& [reason, count] : race.refused) {
      out << ", " << count << " " << (reason.has_value() ? ReasonName(*reason) : "failed");
    }
    return out;
  }
};

// Makes so many calls at once, each in a thread of its own. `call`: (number) → StatusOr.
template <class Call>
Race AtOnce(int calls, const Call& call) {
  Race race;
  std::mutex mutex;
  std::latch start(calls);
  std::vector<std::jthread> threads;
  for (int number = 0; number < calls; ++number) {
    threads.emplace_back([&, number] {
      start.arrive_and_wait();
      const auto outcome = call(number);
      const std::lock_guard lock(mutex);
      if (outcome.ok()) {
        ++race.done;
      } else {
        ++race.refused[ReasonOf(outcome.status())];
      }
    });
  }
  threads.clear();
  return race;
}

}  // namespace perigee::tests
