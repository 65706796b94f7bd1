#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/core/time.h"
#include "server/ports/due.h"

namespace perigee::jobs {

// An attempt to make.
struct SendingJob {
  ports::Due due;
  std::string receiver;  // A webhook or a device.
  bool is_push = false;
};

// Attempts that wait, and how many workers may make them at a time. A webhook has a lane of its
// own, and all devices share one. Receivers that kept their last attempt waiting share another one,
// in which each has one place: so none of them holds up others. Not safe from many threads.
class Lanes {
 public:
  // At a time. Together fewer than the server has threads, but for many webhooks.
  static constexpr int kWebhookWorkersMax = 4;
  static constexpr int kPushWorkersMax = 8;  // For all devices.
  static constexpr int kSlowWorkersMax = 4;  // For all slow receivers.
  static constexpr std::size_t kLaneMax = 200;
  // An attempt that takes longer makes its receiver a slow one, until one takes less, or for
  // kSlowFor if nothing is sent to it.
  static constexpr std::chrono::seconds kSlowAttempt{2};
  static constexpr std::chrono::hours kSlowFor{1};

  // Lets the attempt wait, unless it does already, runs, rests, or its lane is full.
  void Take(SendingJob job, Time now);
  // Lets a worker make the attempt without a wait. False: another one has it.
  bool Claim(const ports::Due& due) { return known_.insert(due).second; }
  // The lanes that want a worker more, each once for each worker. The callers are those workers
  // until they call Leave.
  std::vector<std::string> Employ(Time now);
  // What a worker of the lane does next. nullopt: nothing.
  std::optional<SendingJob> Next(const std::string& lane);
  // A worker has made the attempt. `waited`: for the receiver; absent if nothing was sent.
  void End(const SendingJob& job, std::optional<Duration> waited, Time now);
  // Keeps an attempt from being taken until then.
  void Rest(const ports::Due& due, Time until) { resting_[due] = until; }
  void Leave(const std::string& lane);

  bool IsSlow(const std::string& receiver) const { return slow_.contains(receiver); }
  int workers() const { return workers_; }

 private:
  struct Lane {
    std::deque<SendingJob> waiting;
    int workers = 0;
    int workers_max = 1;
  };
  struct Slow {
    Time until{};
    bool waits = false;  // It has its place.
  };

  int workers_ = 0;
  std::map<std::string, Lane> lanes_;
  std::map<std::string, Slow> slow_;    // By receiver.
  std::set<ports::Due> known_;          // Waiting in a lane, or in an attempt.
  std::map<ports::Due, Time> resting_;  // Not taken before that.
};

}  // namespace perigee::jobs
