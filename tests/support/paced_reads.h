#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "perigee/v1/board.grpc.pb.h"

namespace perigee::tests {

using SteadyTime = std::chrono::steady_clock::time_point;

// Returns at `time`.
void Await(SteadyTime time);

using ReadRequest =
    std::variant<v1::ListEntriesRequest, v1::ListEntriesAroundRequest, v1::BatchGetEntriesRequest>;

// One read of a board and its outcome.
struct BoardRead {
  grpc::ClientContext context;
  ReadRequest request;
  SteadyTime due;
  std::int64_t seen_before = 0;  // The newest revision that an answer named before this was sent.
  v1::ListEntriesResponse response;
  grpc::Status status;
  std::chrono::nanoseconds latency{};  // Counts from `due`.
};

// Reads of a board in an open loop. Each is sent when it is due, whether or not earlier ones are
// answered, as by independent people.
class PacedReads {
 public:
  PacedReads(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
             std::chrono::nanoseconds pace, std::function<ReadRequest(std::size_t n)> request);

  // Sends `count` reads and returns when the last one is answered.
  void Run(std::size_t count);
  // In the order of sending. Not while it runs.
  const std::deque<BoardRead>& reads() const { return reads_; }
  std::deque<BoardRead> Take() { return std::move(reads_); }

 private:
  void Send(std::size_t n, SteadyTime due);
  void Answered(BoardRead& read);

  std::vector<std::unique_ptr<v1::BoardService::Stub>> stubs_;
  const std::chrono::nanoseconds pace_;
  const std::function<ReadRequest(std::size_t n)> request_;
  std::deque<BoardRead> reads_;
  std::atomic<std::int64_t> newest_seen_{0};
  std::mutex mutex_;
  std::condition_variable answered_;
  std::size_t open_ = 0;
};

}  // namespace perigee::tests
