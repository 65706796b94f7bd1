#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

#include "server/domain/board/board.h"

namespace perigee::ports {
class Executor;
}  // namespace perigee::ports

namespace perigee::jobs {

// Callers that wait until a programme reaches a revision. Safe from many threads.
class RevisionWaits {
 public:
  // The executor, which runs the timers, must outlive this.
  explicit RevisionWaits(ports::Executor& executor) : executor_(executor) {}

  // Calls `then` once: from Reached, from EndAll, after two seconds, or at once if thousands wait
  // already.
  void Add(const std::string& program, domain::Revision revision, std::function<void()> then);
  void Reached(const std::string& program, domain::Revision revision);
  // Whether anybody waits.
  bool Any();
  void EndAll();

 private:
  // Programme, revision, and a number that makes the key unique.
  using Key = std::tuple<std::string, domain::Revision, std::uint64_t>;
  struct Waits {
    std::mutex mutex;
    std::map<Key, std::function<void()>> open;
    std::uint64_t count = 0;
  };

  ports::Executor& executor_;
  // Shared, because a timer may end after this is destroyed.
  const std::shared_ptr<Waits> waits_ = std::make_shared<Waits>();
};

}  // namespace perigee::jobs
