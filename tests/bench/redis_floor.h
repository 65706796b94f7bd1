#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

struct redisContext;

namespace perigee::bench {

// A separate connection to the Redis of a server.
class RedisFloor {
 public:
  static absl::StatusOr<RedisFloor> Connect(const std::string& socket_path);

  // The median time of one command and its reply, with no other command under way.
  absl::StatusOr<double> RoundTripMicros();
  // The number of commands that Redis has run since it started.
  absl::StatusOr<std::int64_t> Commands();

 private:
  struct Close {
    void operator()(redisContext* context) const;
  };
  explicit RedisFloor(std::unique_ptr<redisContext, Close> context)
      : context_(std::move(context)) {}

  std::unique_ptr<redisContext, Close> context_;
};

}  // namespace perigee::bench
