#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

struct redisContext;

namespace perigee::bench {

// A connection of its own to the Redis that a server uses.
class RedisFloor {
 public:
  static absl::StatusOr<RedisFloor> Connect(const std::string& socket_path);

  // The median of one command and its reply with nothing else under way.
  absl::StatusOr<double> RoundTripMicros();
  // All that Redis has run since it started.
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
