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

// Streams that watch a board, and the time from a write's answer until they show the write. Up to
// 64 of them, spread evenly, measure; the others only load the server. A stream that is cut resumes
// from its cursor, unless it was cut before it showed anything. Safe from many threads.
class Watchers {
 public:
  // Opens `count` streams of a period, over these channels in turn.
  Watchers(const std::vector<std::shared_ptr<grpc::Channel>>& channels, const std::string& period,
           int page_size, int count);
  // Ends the streams.
  ~Watchers();
  Watchers(const Watchers&) = delete;
  Watchers& operator=(const Watchers&) = delete;
  Watchers(Watchers&&) = delete;
  Watchers& operator=(Watchers&&) = delete;

  // Waits until all streams have shown a first state. If they do not within a minute, answers the
  // refusal of one of them.
  absl::Status AwaitOpen();

  // A write that changes the watched board was answered now, with this revision.
  void Written(std::int64_t revision);

  // Waits until the writes are shown, up to `patience`, and ends the streams. Each measuring
  // watcher has one latency for each write: the time from the answer until a state with its
  // revision or a newer one. It is zero if the state came first, and a refusal `NOT_SEEN` if no
  // state came. Streams that were cut count as refused too.
  Outcome Finish(std::chrono::milliseconds patience);
  // The number of states that all watchers received.
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
  std::size_t streams_ = 0;  // Open streams.
  bool ending_ = false;
  Outcome cuts_;
  std::vector<std::unique_ptr<Watcher>> watchers_;
  std::vector<Watcher*> closed_;  // The keeper opens these again.
  std::thread keeper_;            // Only this thread opens and cancels streams.
};

}  // namespace perigee::load
