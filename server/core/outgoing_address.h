#pragma once

#include <span>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/web_address.h"

namespace perigee {

struct OutgoingRules {
  // For development: URLs of this machine are taken as well, by http too and with every port.
  bool loopback = false;
};

// An address that somebody outside has chosen, such as that of a webhook or of a browser's push
// service, and to which this server may send. The way of a request: resolve the host once, give all
// answers to CheckResolved, connect to one of them with the host's name in TLS, and take a redirect
// for a failure. So no later answer of the resolver, and no receiver, leads the request elsewhere.
class OutgoingAddress {
 public:
  // Takes URLs of https with port 443 or 8443 whose host can be public. kInvalidField, naming
  // `text`, for all others.
  static absl::StatusOr<OutgoingAddress> Parse(const std::string& text, OutgoingRules rules);

  const WebAddress& parts() const { return parts_; }

  // OK if the host's IP addresses, as the resolver wrote them, are all public; those of this
  // machine must all be loopback. kInvalidField, naming the host, if one is not or there is none:
  // the two answer alike, so that nobody finds out names of a network from inside.
  absl::Status CheckResolved(std::span<const std::string> addresses) const;

 private:
  explicit OutgoingAddress(WebAddress parts) : parts_(std::move(parts)) {}

  WebAddress parts_;
};

}  // namespace perigee
