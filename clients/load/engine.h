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

#include "clients/cli/connection.h"
#include "clients/load/histogram.h"
#include "clients/load/schedule.h"
#include "clients/load/tally.h"

namespace perigee::load {

// Channels that do not share a connection.
std::vector<std::shared_ptr<grpc::Channel>> Connect(const std::string& address, int channels,
                                                    const cli::Connection& connection = {});

// Calls of one method: unary, or client streams. Messages pass as bytes, so that parsing on this
// side is not measured.
struct Call {
  std::string name;
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  std::string method;  // `/perigee.v1.BoardService/ListEntries`
  // The request of the n-th call of the run. Called from several threads.
  std::function<grpc::ByteBuffer(std::uint64_t n)> request;
  // If set, the token that the n-th call carries. Called from several threads.
  std::function<std::string(std::uint64_t n)> token;
  // If not 0, each call is a stream of this many messages: request(n * messages) and those after
  // it. A message does not wait for the one before it.
  std::uint64_t messages = 0;
  // The share of this kind of call, relative to the other weights.
  double weight = 1;
  // If set, is called with each answer that is OK, after its time was taken. Called from several
  // threads.
  std::function<void(grpc::ByteBuffer& answer)> answered;
};

struct Load {
  std::vector<Call> calls;
  // The deadline of each call, from its sending; 0 means none.
  std::chrono::milliseconds deadline{0};
  // If set, nothing more is sent once it is true.
  const std::atomic<bool>* stop = nullptr;
};

struct Result {
  double seconds = 0;             // Until the last answer, or the end of the schedule.
  std::vector<Outcome> outcomes;  // In the order of Load::calls.
  std::vector<Second> series;

  // For an open loop: the number of calls that were due, the number of these that could not be sent
  // before the end, and how late the others were sent.
  std::int64_t offered = 0;
  std::int64_t unsent = 0;
  Histogram lateness;

  Outcome Total() const;
  // Good answers a second. For a schedule, only those before its end count.
  double Rate() const;
};

// Closed loop: `in_flight` calls are always open, and each is followed by the next. Latency counts
// from the sending. Runs for `seconds`, or until `calls` calls were made, and waits for all
// answers.
Result RunFor(const Load& load, int in_flight, double seconds);
Result RunCalls(const Load& load, int in_flight, std::uint64_t calls);

// Open loop: each call is sent when the schedule says, whatever happened to the calls before it.
// Latency counts from that instant, so that a stall is seen in every call that it delays. When
// `in_flight_max` calls are open, the next ones wait here and are late. Waits for all answers; a
// schedule should go with a deadline.
Result RunOpen(const Load& load, Schedule schedule, int in_flight_max);

grpc::ByteBuffer ToBytes(const google::protobuf::Message& message);

}  // namespace perigee::load
