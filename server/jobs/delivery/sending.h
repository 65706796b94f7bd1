#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "server/core/time.h"
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
// due things. A receiver gets a few at a time, and those of one subject one after the other. What a
// server sent and could not note any more is sent again by the next one: everything arrives at
// least once. Safe from many threads.
class Sending {
 public:
  struct Parts {
    ports::Store& store;
    ports::Clock& clock;
    const LeaseKeeper& leases;
    ports::Executor& executor;  // For attempts, each of which blocks for seconds.
    ports::Outgoing& outgoing;
    const VapidKey* vapid;  // Null: notices wait.
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
  // Attempts for one receiver.
  struct Lane {
    std::deque<ports::Due> waiting;
    int workers = 0;
    int workers_max = 1;
  };
  // What comes after an attempt.
  struct Done {
    absl::Status status;             // Whether it could be noted.
    std::optional<ports::Due> next;  // The next one of its subject, which is due.
  };

  void Take(const ports::Due& due, Time now);  // With mutex_ held.
  void Work(const std::string& name);
  void Leave(const std::string& name);
  // Makes the attempt, and those of the same subject after it. False: stopped, or not the server to
  // do it any more.
  bool Attempt(const ports::Due& due);
  Done AttemptDelivery(const ports::Due& due, const ports::Lease& lease);
  Done AttemptPush(const ports::Due& due, const ports::Lease& lease);
  // nullopt: the outgoing port was stopped.
  std::optional<domain::AttemptOutcome> Send(const ports::OutgoingPost& post);
  // Runs a unit of the job; `note`, (StoreReader&, UnitContext) → StatusOr<Changes>, decides.
  template <class Note>
  absl::Status Write(const std::string& program, const ports::Lease& lease, Note note);
  bool stopping();

  const Parts parts_;
  std::mutex mutex_;  // Guards all below.
  std::condition_variable idle_;
  bool stopping_ = false;
  int workers_ = 0;
  std::map<std::string, Lane> lanes_;
  std::set<ports::Due> known_;          // Waiting in a lane, or in an attempt.
  std::map<ports::Due, Time> resting_;  // Could not be noted; not tried again before that.
  std::optional<Time> next_;
};

}  // namespace perigee::jobs
