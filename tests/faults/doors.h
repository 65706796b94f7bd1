#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "tests/faults/writes.h"
#include "tests/support/perigeed.h"

namespace perigee::tests {

// The present doors of servers that come and go. Safe from many threads.
class Doors {
 public:
  explicit Doors(std::size_t servers) : doors_(servers) {}

  void Open(std::size_t server, const Perigeed& process);
  void Close(std::size_t server);
  // The doors of server `preferred`, or of the next open one. Waits while all doors are closed.
  DoorChannels Pick(std::size_t preferred);
  // Waits as long as a refused client waits before its next try, or until a door opens.
  void AwaitRetry();

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  std::vector<std::optional<DoorChannels>> doors_;
  int openings_ = 0;
};

}  // namespace perigee::tests
