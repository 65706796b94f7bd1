#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/jobs/delivery/lanes.h"
#include "server/ports/due.h"

namespace perigee {
class VapidKey;
}  // namespace perigee

namespace perigee::domain {
struct AttemptOutcome;
struct Delivery;
struct PushDelivery;
}  // namespace perigee::domain

namespace perigee::ports {
class Clock;
class Executor;
class Outgoing;
class Store;
class Telemetry;
struct Lease;
struct OutgoingPost;
}  // namespace perigee::ports

namespace perigee::jobs {

class LeaseKeeper;

// Sends the deliveries and notices that are due, on the server that holds the lease of the loop of
// due things. A receiver gets a few at a time, and those of one subject one after the other.
// Receivers that keep an attempt waiting share a few threads, so that they hold up no others. What
// a server sent and could not note any more is sent again by the next one: everything arrives at
// least once. Safe from many threads.
class Sending {
 public:
  struct Parts {
    ports::Store& store;
    ports::Clock& clock;
    const LeaseKeeper& leases;
    ports::Executor& executor;  // For attempts, each of which blocks for seconds.
    ports::Outgoing& outgoing;
    const VapidKey* vapid;  // Null: notices are dropped.
    ports::Telemetry& telemetry;
  };
  explicit Sending(Parts parts) : parts_(parts) {}
  // Calls Stop.
  ~Sending();
  Sending(const Sending&) = delete;
  Sending& operator=(const Sending&) = delete;

  // Looks for what is due and gives it to the executor, if this server holds the lease. Does not
  // wait for attempts.
  absl::Status RunOnce();
  // How long to rest after a run.
  std::chrono::milliseconds Rest();
  // Stops the outgoing port, and waits until no attempt runs. Nothing is sent any more.
  void Stop();

 private:
  // What comes after an attempt.
  struct Done {
    absl::Status status;               // Whether it could be noted.
    std::optional<ports::Due> next{};  // The next one of its subject, which is due.
    std::optional<Duration> waited{};  // For the receiver. Absent: nothing was sent.
  };

  void Work(const std::string& name);
  void Leave(const std::string& name);
  // Makes the attempt, and those of the same subject after it. False: stopped, or not the server to
  // do it any more.
  bool Attempt(SendingJob job);
  Done AttemptDelivery(const ports::Due& due, const ports::Lease& lease);
  Done AttemptPush(const ports::Due& due, const ports::Lease& lease);
  // Sends the post, and notes in `done` how long that took. nullopt: the outgoing port was stopped.
  std::optional<domain::AttemptOutcome> Send(const ports::OutgoingPost& post, Done& done);
  // Runs a unit of the job; `note`, (StoreReader&, UnitContext) → StatusOr<Changes>, decides.
  template <class Note>
  absl::Status Write(const std::string& program, const ports::Lease& lease, Note note);
  bool stopping();

  const Parts parts_;
  std::mutex mutex_;  // Guards all below.
  std::condition_variable idle_;
  bool stopping_ = false;
  Lanes lanes_;
  std::optional<Time> next_;
};

}  // namespace perigee::jobs
