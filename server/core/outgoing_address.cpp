#include "server/core/outgoing_address.h"

#include <algorithm>

#include "server/core/error.h"
#include "server/core/ip_address.h"
#include "server/core/status_macros.h"

namespace perigee {
namespace {

// Other ports belong to other protocols, to which a request may mean something.
constexpr int kPorts[] = {443, 8443};

}  // namespace

absl::StatusOr<OutgoingAddress> OutgoingAddress::Parse(const std::string& text,
                                                       OutgoingRules rules) {
  PERIGEE_ASSIGN_OR_RETURN(WebAddress parts, ParseWebAddress(text));
  if (IsThisMachine(parts) && rules.loopback) {
    return OutgoingAddress(std::move(parts));
  }
  if (IsThisMachine(parts) || (parts.host_is_ip && !IsPublicIp(parts.host))) {
    return InvalidField(text, "must be of a host on the public internet");
  }
  if (std::find(std::begin(kPorts), std::end(kPorts), parts.port) == std::end(kPorts)) {
    return InvalidField(text, "must have the port 443 or 8443");
  }
  return OutgoingAddress(std::move(parts));
}

absl::Status OutgoingAddress::CheckResolved(std::span<const std::string> addresses) const {
  const auto may_be_asked = IsThisMachine(parts_) ? IsLoopbackIp : IsPublicIp;
  if (addresses.empty() || !std::all_of(addresses.begin(), addresses.end(), may_be_asked)) {
    return InvalidField(parts_.host, "is not a host on the public internet");
  }
  return absl::OkStatus();
}

}  // namespace perigee
