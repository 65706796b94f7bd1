#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/core/time.h"

namespace perigee::ports {

// The facts that a good token states.
struct VerifiedToken {
  std::string issuer;
  std::string subject;  // Unique within the issuer.
  Time expire_time{};   // The first time at which the token is no longer good, clock skew included.
};

// Checks bearer tokens. Safe from many threads.
class TokenVerifier {
 public:
  virtual ~TokenVerifier() = default;

  // The facts of a token that is good at `now`. Otherwise kUnauthenticated, always with the same
  // text, so that nobody learns what is wrong with a token. Waits neither for a network nor for a
  // disk.
  virtual absl::StatusOr<VerifiedToken> Verify(std::string_view token, Time now) = 0;

  // Changes whenever a key is no longer trusted. A token that was good before must then be verified
  // again. Wait-free.
  virtual std::uint64_t generation() const = 0;
};

}  // namespace perigee::ports
