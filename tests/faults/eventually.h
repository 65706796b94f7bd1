#pragma once

#include <chrono>

#include "tests/e2e/paced_reads.h"

namespace perigee::tests {

// Whether it becomes true within half a minute; asked every few milliseconds.
template <class Condition>
bool Eventually(Condition condition) {
  const SteadyTime end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now > end) {
      return false;
    }
    Await(now + std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace perigee::tests
