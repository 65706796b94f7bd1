#pragma once

#include <string_view>

namespace perigee {

// What an IP address reaches, by IANA's registries of special addresses (RFC 6890). `text` is an
// address as a resolver writes it. False for every other text, so also for an address with a zone.

// Whether it is of this machine: 127.0.0.0/8 or ::1.
bool IsLoopbackIp(std::string_view text);

// Whether it is one that everybody on the internet reaches alike: none of this machine, a private
// or a shared network, one link, a group, a documentation or a cloud's own service. An IPv6 address
// that stands for one of IPv4 (NAT64) is what that one is; other such forms are not public.
bool IsPublicIp(std::string_view text);

}  // namespace perigee
