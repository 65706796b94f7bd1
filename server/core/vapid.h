#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/core/p256.h"
#include "server/core/time.h"

namespace perigee {

struct WebAddress;

// How this server shows a push service who it is (VAPID, RFC 8292). Safe from many threads.
class VapidKey {
 public:
  // `pem`: the text of the key's file. `contact`: whom a push service tells of trouble.
  // kInvalidField, naming `key` unless `pem` has a private key on P-256 without a password, or
  // `contact` unless that begins with `mailto:` or `https://`.
  static absl::StatusOr<VapidKey> Parse(const std::string& pem, std::string_view contact);

  // What browsers subscribe with, their `applicationServerKey`, in base64url. Subscriptions hold
  // for this key alone, so a new key ends them all.
  std::string PublicKey() const;
  // The value of `Authorization` of requests to one push service, until kVapidLifetime after `now`.
  std::string Authorization(const WebAddress& push_service, Time now) const;

 private:
  VapidKey(P256Key key, std::string_view contact);

  P256Key key_;
  std::string contact_;
};

// Push services refuse more than a day. The rest is for clocks that differ.
inline constexpr std::chrono::hours kVapidLifetime{12};

}  // namespace perigee
