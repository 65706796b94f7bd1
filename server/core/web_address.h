#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace perigee {

// The parts of a URL.
struct WebAddress {
  bool has_tls = true;
  std::string host;  // A name in lower case, or an IP address, which has no brackets here.
  bool host_is_ip = false;
  int port = 0;
  std::string target;  // The path and the query.

  // Scheme, host and port, without the usual port (RFC 6454, section 6.1): `https://id.example`.
  std::string Origin() const;
};

// Whether `text` is meant as a URL.
bool IsWebAddress(std::string_view text);

// Whether the host is this machine by its text: `localhost`, 127.0.0.0/8 or [::1].
bool IsThisMachine(const WebAddress& address);

// Takes https URLs, and http URLs whose host is this machine. A host has one spelling: a name has
// no dot at its end, and IPv4 is four decimal numbers. kInvalidField, naming `text`, for others and
// for those with a user or a fragment.
absl::StatusOr<WebAddress> ParseWebAddress(const std::string& text);

}  // namespace perigee
