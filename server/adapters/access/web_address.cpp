#include "server/adapters/access/web_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

#include "server/core/error.h"

namespace perigee::adapters {
namespace {

constexpr std::string_view kTls = "https://";
constexpr std::string_view kPlain = "http://";
constexpr int kTlsPort = 443;
constexpr int kPlainPort = 80;
constexpr int kPortMax = 65'535;
constexpr unsigned char kLoopbackNetwork = 127;

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

bool IsHostName(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
}

bool IsThisMachine(const WebAddress& address) {
  std::array<unsigned char, sizeof(in_addr)> v4{};
  if (inet_pton(AF_INET, address.host.c_str(), v4.data()) == 1) {
    return v4[0] == kLoopbackNetwork;
  }
  return address.host == "localhost" || address.host == "::1";
}

// Splits `host[:port]`. False if that cannot be.
bool ReadAuthority(std::string_view authority, WebAddress& address) {
  std::size_t host_end = authority.find(':');
  if (TakePrefix(authority, "[")) {
    host_end = authority.find(']');
    if (host_end == std::string_view::npos) {
      return false;
    }
    address.host = authority.substr(0, host_end++);
    std::array<unsigned char, sizeof(in6_addr)> v6{};
    if (inet_pton(AF_INET6, address.host.c_str(), v6.data()) != 1) {
      return false;
    }
    address.host_is_ip = true;
  } else {
    address.host = authority.substr(0, host_end);
    if (!IsHostName(address.host)) {
      return false;
    }
    std::array<unsigned char, sizeof(in_addr)> v4{};
    address.host_is_ip = inet_pton(AF_INET, address.host.c_str(), v4.data()) == 1;
  }
  std::string_view port = authority.substr(std::min(host_end, authority.size()));
  if (port.empty()) {
    return true;
  }
  if (!TakePrefix(port, ":")) {
    return false;
  }
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  return error == std::errc() && end == port.data() + port.size() && address.port > 0 &&
         address.port <= kPortMax;
}

}  // namespace

bool IsWebAddress(std::string_view text) { return text.find("://") != std::string_view::npos; }

absl::StatusOr<WebAddress> ParseWebAddress(const std::string& text) {
  WebAddress address;
  std::string_view rest = text;
  address.has_tls = TakePrefix(rest, kTls);
  if (!address.has_tls && !TakePrefix(rest, kPlain)) {
    return InvalidField(text, "is neither a path nor an https URL");
  }
  address.port = address.has_tls ? kTlsPort : kPlainPort;
  // Other bytes would have to be encoded, and some of them end the line of the request.
  const bool is_printable =
      std::all_of(rest.begin(), rest.end(), [](char c) { return c > ' ' && c < '\x7F'; });
  const std::size_t path = rest.find('/');
  if (!is_printable || rest.find('#') != std::string_view::npos ||
      !ReadAuthority(rest.substr(0, path), address)) {
    return InvalidField(text, "is not a URL of a host, a port and a path");
  }
  if (!address.has_tls && !IsThisMachine(address)) {
    return InvalidField(text, "must be https: plain http is for this machine only");
  }
  address.target = path == std::string_view::npos ? "/" : rest.substr(path);
  return address;
}

}  // namespace perigee::adapters
