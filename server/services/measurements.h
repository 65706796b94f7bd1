#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/serial_worker.h"
#include "server/core/time.h"

namespace perigee::ports {
class Clock;
}  // namespace perigee::ports

namespace perigee::services {

// Makes answers that take long, such as counts of all members: on a thread of its own, so that they
// keep no other read waiting, one after the other, and each once for all who ask until a minute
// after it was made. Safe from many threads.
class Measurements {
 public:
  // Makes the bytes of an answer as of `now`. Asks `goes_on` now and then, and ends with its error.
  using Measure = std::function<absl::StatusOr<std::string>(
      Time now, const std::function<absl::Status()>& goes_on)>;

  explicit Measurements(ports::Clock& clock) : clock_(clock) {}
  ~Measurements() { Stop(); }
  Measurements(const Measurements&) = delete;
  Measurements& operator=(const Measurements&) = delete;

  // The answer of that name, or its refusal, for a request of `now`. If there is none, WouldBlock
  // for those who ask `at_once`, who then call Make; for others kOverloaded. kShuttingDown after
  // Stop.
  absl::StatusOr<std::string> Find(const std::string& name, Time now, bool at_once);
  // Makes the answer if it is not being made. Calls `then` when it is there, or at once if there is
  // no room.
  void Make(const std::string& name, Measure measure, std::function<void()> then);
  // Ends the running work with kShuttingDown.
  void Stop();

 private:
  struct Answer {
    absl::StatusOr<std::string> bytes;
    Time until;  // The last time at which it is fresh.
  };

  absl::Status CheckGoesOn() const;  // kShuttingDown after Stop.
  void Run(const std::string& name, const Measure& measure);

  ports::Clock& clock_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::map<std::string, Answer> answers_;
  std::map<std::string, std::vector<std::function<void()>>> waiting_;
  SerialWorker worker_;  // Last: its thread uses the rest.
};

}  // namespace perigee::services
