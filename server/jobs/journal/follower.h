#pragma once

#include <chrono>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "server/core/serial_worker.h"
#include "server/domain/record/revision.h"

namespace perigee::ports {
class Executor;
class JournalFeed;
class Telemetry;
}  // namespace perigee::ports

namespace perigee::jobs {

// For Follower::CatchUp: up to the store's head at that time.
inline constexpr domain::Revision kEndOfJournal = std::numeric_limits<domain::Revision>::max();
// For Follower::CatchUp: the programme was deleted. Any newer programme of that id follows.
inline constexpr domain::Revision kDeleted = 0;

// Follows the journals of all programmes, on a worker of its own. Calls `catch_up` for a programme
// whenever its journal has moved on, and again after a pause as long as the call fails. The writer
// and other followers never wait for it, however slow it is and however often it fails. Safe from
// many threads.
class Follower {
 public:
  struct Parts {
    ports::JournalFeed& feed;
    ports::Executor& executor;  // Keeps the pauses.
    ports::Telemetry& telemetry;
  };
  struct Options {
    std::string name;  // In metrics.
    std::chrono::milliseconds retry_after{250};
    std::shared_ptr<Worker> worker = nullptr;  // Absent: a thread of its own.
    // How long the worker may wait after an entry, so that it takes more of them at once. Called on
    // the writer's thread. Absent: not at all.
    std::function<std::chrono::milliseconds(const std::string& program)> pause = nullptr;
  };
  // Brings the projection to `head`, or to the end of the journal if `head` is not there yet. With
  // kDeleted, forgets all that it knows of the programme.
  using CatchUp = std::function<absl::Status(const std::string& program, domain::Revision head)>;

  // All parts must outlive it. Follows from Start on.
  Follower(Parts parts, Options options, CatchUp catch_up);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  void Start();
  // Makes the worker call `catch_up` soon. Does not block.
  void Look(const std::string& program, domain::Revision head);
  // Counts a failure and makes the worker call `catch_up` after the pause.
  void Retry(const std::string& program, domain::Revision head);
  // Ends the worker. Nothing is called any more. Must not be called from `catch_up`.
  void Stop();

 private:
  struct Wanted {
    domain::Revision head = 0;
    bool deleted = false;   // Before it came to `head`.
    bool waits = false;     // For the worker.
    bool gathers = false;   // Until the pause for more entries is over.
    bool recovers = false;  // Until the pause after a failure is over.
  };

  void Hear(const std::string& program, domain::Revision head);
  void PostAfter(std::chrono::milliseconds pause, const std::string& program, bool Wanted::*ends);
  void Run(const std::string& program);

  ports::JournalFeed& feed_;
  ports::Executor& executor_;
  ports::Telemetry& telemetry_;
  const Options options_;
  const CatchUp catch_up_;
  std::mutex mutex_;
  std::map<std::string, Wanted> wanted_;
  const std::shared_ptr<Worker> worker_;
  std::shared_ptr<void> listening_;
};

}  // namespace perigee::jobs
