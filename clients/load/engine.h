#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include "clients/load/histogram.h"
#include "clients/load/schedule.h"
#include "clients/load/tally.h"

namespace perigee::load {

// Channels that do not share a connection.
std::vector<std::shared_ptr<grpc::Channel>> Connect(const std::string& address, int channels);

// Calls of one method: unary, or client streams. Messages pass as bytes, so that what is measured
// is the server and not the parsing here.
struct Call {
  std::string name;
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  std::string method;  // `/perigee.v1.BoardService/ListEntries`
  // The request of the run's n-th call; called from several threads.
  std::function<grpc::ByteBuffer(std::uint64_t n)> request;
  // If not 0, each call is a stream of so many messages: request(n * messages) and those after it.
  // They are written without waiting for one another.
  std::uint64_t messages = 0;
  // How often this one is called, beside the weights of the others.
  double weight = 1;
  // If set, is told each answer that is OK, from several threads, and after that was timed.
  std::function<void(grpc::ByteBuffer& answer)> answered;
};

struct Load {
  std::vector<Call> calls;
  // Of each call, from when it is sent; none if 0.
  std::chrono::milliseconds deadline{0};
  // If set: once it is true nothing more is sent.
  const std::atomic<bool>* stop = nullptr;
};

struct Result {
  double seconds = 0;             // Until the last answer, but not beyond the end of a schedule.
  std::vector<Outcome> outcomes;  // In the order of Load::calls.
  std::vector<Second> series;

  // Of an open loop: how many calls were due; how many of them could not be sent before the end;
  // and how much later than intended the others were sent.
  std::int64_t offered = 0;
  std::int64_t unsent = 0;
  Histogram lateness;

  Outcome Total() const;
  // Good answers a second; of a schedule, those before its end.
  double Rate() const;
};

// Closed loop: `in_flight` calls are always open, each followed by the next. Latency counts from
// the sending. For `seconds`, or until `calls` have been made; waits for all answers.
Result RunFor(const Load& load, int in_flight, double seconds);
Result RunCalls(const Load& load, int in_flight, std::uint64_t calls);

// Open loop: calls are sent when the schedule says, whatever became of those before, and latency
// counts from that instant, so that a server that stalls is seen by all whom it would have kept
// waiting. When `in_flight_max` are open the next ones wait here, and are late. Waits for all
// answers; a schedule should go with a deadline.
Result RunOpen(const Load& load, Schedule schedule, int in_flight_max);

grpc::ByteBuffer ToBytes(const google::protobuf::Message& message);

}  // namespace perigee::load
