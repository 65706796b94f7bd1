#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace perigee::adapters {

// The parts of a URL.
struct WebAddress {
  bool has_tls = true;
  std::string host;  // A name or an IP address, which has no brackets here.
  bool host_is_ip = false;
  int port = 0;
  std::string target;  // The path and the query.
};

// Whether `text` is meant as a URL.
bool IsWebAddress(std::string_view text);

// Takes https URLs, and http URLs whose host is this machine. kInvalidField, naming `text`, for
// others and for those with a user or a fragment.
absl::StatusOr<WebAddress> ParseWebAddress(const std::string& text);

}  // namespace perigee::adapters
