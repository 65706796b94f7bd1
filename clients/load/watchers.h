#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "clients/load/tally.h"

namespace perigee::load {

// Streams that watch a board, and how long after a write's answer they show it. Up to 64 of them,
// spread evenly, measure; the others only load the server. One that is cut resumes from its cursor,
// unless it was cut before it showed anything. Safe from many threads.
class Watchers {
 public:
  // Opens `count` streams of a period, over those channels in turn.
  Watchers(const std::vector<std::shared_ptr<grpc::Channel>>& channels, const std::string& period,
           int page_size, int count);
  // Ends them.
  ~Watchers();
  Watchers(const Watchers&) = delete;
  Watchers& operator=(const Watchers&) = delete;
  Watchers(Watchers&&) = delete;
  Watchers& operator=(Watchers&&) = delete;

  // Until all have shown a first state; the refusal of one of them if they do not within a minute.
  absl::Status AwaitOpen();

  // A write that changes what is watched was answered now, with that revision.
  void Written(std::int64_t revision);

  // Waits for what was written, up to `patience`, and ends the streams. Of each write and each
  // watcher that measures: the time from the answer until a state with its revision or a newer one
  // came; none if that came first; refused as `NOT_SEEN` if it never did. Refused are also streams
  // that were cut.
  Outcome Finish(std::chrono::milliseconds patience);
  // States that came, at all watchers.
  std::int64_t states() const;

 private:
  class Watcher;
  struct Write {
    std::int64_t revision = 0;
    Clock::time_point answered;
  };

  void KeepOpen();
  void End();
  bool AllSaw(std::int64_t revision) const;
  Outcome Measured() const;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Write> writes_;
  std::int64_t states_ = 0;
  std::size_t opened_ = 0;
  std::size_t streams_ = 0;  // Under way.
  bool ending_ = false;
  Outcome cuts_;
  std::vector<std::unique_ptr<Watcher>> watchers_;
  std::vector<Watcher*> closed_;  // To be opened.
  std::thread keeper_;            // Opens and cancels; nobody else does.
};

}  // namespace perigee::load
