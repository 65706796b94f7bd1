#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <grpcpp/support/status.h>

#include "clients/load/histogram.h"

namespace perigee::load {

using Clock = std::chrono::steady_clock;

// The outcomes of the calls of one kind.
struct Outcome {
  Histogram latency;         // Of the calls that were answered OK.
  std::int64_t in_time = 0;  // How many of these came before the end of the run.
  Histogram refused_latency;
  std::map<std::string, std::int64_t> refused;  // By StatusAndReason.
  std::string refusal;                          // The message of one refusal.

  std::int64_t Ok() const { return latency.count(); }
  std::int64_t Refused() const { return refused_latency.count(); }
  std::int64_t Ended() const { return Ok() + Refused(); }
  double Micros(double part) const;  // Quantile of the latency; infinite if no call was OK.
  void Add(const Outcome& other);
};

// Calls of all kinds that ended in one second of the run.
struct Second {
  std::int64_t ok = 0;
  std::int64_t refused = 0;
  std::chrono::nanoseconds p50{};
  std::chrono::nanoseconds p99{};
};

// `RESOURCE_EXHAUSTED OVERLOADED`, or the code alone where the server gave no reason.
std::string StatusAndReason(const grpc::Status& status);

// Gathers the outcomes of calls while they run. Safe from many threads: the lock is held for some
// tens of nanoseconds, while a call takes tens of microseconds.
class Tally {
 public:
  Tally(std::size_t kinds, Clock::time_point begin, Clock::time_point end)
      : begin_(begin), end_(end), outcomes_(kinds) {}

  // A call that should have been sent at `intended` ended at `end`.
  void Ended(std::size_t kind, Clock::time_point intended, Clock::time_point end,
             const grpc::Status& status);

  std::vector<Outcome> Outcomes() const;
  // The seconds that are over, and the present one so far.
  std::vector<Second> Seconds() const;

 private:
  Second Present() const;

  const Clock::time_point begin_;
  const Clock::time_point end_;
  mutable std::mutex mutex_;
  std::vector<Outcome> outcomes_;
  std::vector<Second> seconds_;  // Only seconds that are over.
  Histogram present_;
  std::int64_t present_refused_ = 0;
};

}  // namespace perigee::load
