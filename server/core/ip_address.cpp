#include "server/core/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace perigee {
namespace {

using V4 = std::array<std::uint8_t, 4>;
using V6 = std::array<std::uint8_t, 16>;

// The addresses whose first bits are those of `start`. All networks here end within the first 32.
struct Network {
  V4 start;
  unsigned bits;
};

constexpr Network kNotPublicV4[] = {
    {{0, 0, 0, 0}, 8},         // This network.
    {{10, 0, 0, 0}, 8},        // Private.
    {{100, 64, 0, 0}, 10},     // Shared by the customers of a provider; Alibaba's metadata.
    {{127, 0, 0, 0}, 8},       // This machine.
    {{168, 63, 129, 16}, 32},  // Azure's own service to machines. All else around it is public.
    {{169, 254, 0, 0}, 16},    // This link; the metadata of most clouds.
    {{172, 16, 0, 0}, 12},     // Private.
    {{192, 0, 0, 0}, 24},      // Of protocols; Oracle's metadata.
    {{192, 0, 2, 0}, 24},      // Documentation.
    {{192, 88, 99, 0}, 24},    // Relays of 6to4.
    {{192, 168, 0, 0}, 16},    // Private.
    {{198, 18, 0, 0}, 15},     // Measurements.
    {{198, 51, 100, 0}, 24},   // Documentation.
    {{203, 0, 113, 0}, 24},    // Documentation.
    {{224, 0, 0, 0}, 4},       // Groups.
    {{240, 0, 0, 0}, 4},       // Reserved; broadcast.
};

// The one part of IPv6 that is given out to networks of the internet,
constexpr Network kGlobalV6 = {{0x20, 0x00, 0, 0}, 3};
// and what is special in it.
constexpr Network kNotPublicV6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23},  // Of protocols, such as Teredo.
    {{0x20, 0x01, 0x0D, 0xB8}, 32},  // Documentation.
    {{0x20, 0x02, 0x00, 0x00}, 16},  // 6to4, which nobody needs any more (RFC 7526).
    {{0x3F, 0xFF, 0x00, 0x00}, 20},  // Documentation.
};
// 64:ff9b::/96: NAT64, the only way to IPv4 from a machine that has IPv6 alone.
constexpr std::array<std::uint8_t, 12> kNat64 = {0x00, 0x64, 0xFF, 0x9B};

template <typename Address>
std::optional<Address> Parse(int family, std::string_view text) {
  Address address{};
  return inet_pton(family, std::string(text).c_str(), address.data()) == 1 &&
                 text.find('\0') == std::string_view::npos
             ? std::optional(address)
             : std::nullopt;
}

constexpr std::uint32_t FirstBits(std::span<const std::uint8_t> bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
}

bool IsIn(const Network& network, std::span<const std::uint8_t> address) {
  return (FirstBits(address) ^ FirstBits(network.start)) >> (32 - network.bits) == 0;
}

bool IsInAny(std::span<const Network> networks, std::span<const std::uint8_t> address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return IsIn(network, address); });
}

}  // namespace

bool IsLoopbackIp(std::string_view text) {
  if (const auto v4 = Parse<V4>(AF_INET, text)) {
    return v4->front() == IN_LOOPBACKNET;
  }
  V6 loopback{};
  loopback.back() = 1;
  return Parse<V6>(AF_INET6, text) == loopback;
}

bool IsPublicIp(std::string_view text) {
  if (const auto v4 = Parse<V4>(AF_INET, text)) {
    return !IsInAny(kNotPublicV4, *v4);
  }
  const auto v6 = Parse<V6>(AF_INET6, text);
  if (!v6) {
    return false;
  }
  if (std::equal(kNat64.begin(), kNat64.end(), v6->begin())) {
    return !IsInAny(kNotPublicV4, std::span(*v6).last<sizeof(V4)>());
  }
  return IsIn(kGlobalV6, *v6) && !IsInAny(kNotPublicV6, *v6);
}

}  // namespace perigee
