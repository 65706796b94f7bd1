#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

namespace perigee::bench {

// Channels that do not share a connection.
std::vector<std::shared_ptr<grpc::Channel>> Connect(const std::string& address, int channels);

// Unary calls of one method in a closed loop: `in_flight` are always open, each followed by the
// next. Messages pass as bytes, so that what is measured is the server and not the parsing here.
struct Load {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  std::string method;  // `/perigee.v1.BoardService/ListEntries`
  // The n-th request; called from several threads.
  std::function<grpc::ByteBuffer(std::uint64_t n)> request;
  int in_flight = 1;
};

struct LoadResult {
  std::int64_t calls = 0;
  std::int64_t refused = 0;
  std::string refusal;  // One of them.
  double seconds = 0;
  std::vector<std::int64_t> latencies_ns;  // Ascending; of the calls that were not refused.

  double Rate() const { return static_cast<double>(calls - refused) / seconds; }
  double Micros(double quantile) const;
};

// For `seconds`, or until `calls` have been made.
LoadResult RunFor(const Load& load, double seconds);
LoadResult RunCalls(const Load& load, std::uint64_t calls);

grpc::ByteBuffer ToBytes(const google::protobuf::Message& message);

double Median(std::vector<double> values);

}  // namespace perigee::bench
