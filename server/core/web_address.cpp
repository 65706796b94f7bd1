#include "server/core/web_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/ip_address.h"

namespace perigee {
namespace {

constexpr std::string_view kTls = "https://";
constexpr std::string_view kPlain = "http://";
constexpr int kTlsPort = 443;
constexpr int kPlainPort = 80;
constexpr int kPortMax = 65'535;
constexpr std::size_t kHostBytesMax = 253;
constexpr std::size_t kLabelBytesMax = 63;

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= kLabelBytesMax &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

// Resolvers take a name for a number if it ends in one, be it octal, hexadecimal or of 32 bits.
bool IsNumber(std::string_view label) {
  const bool is_hex = TakePrefix(label, "0x");
  return std::all_of(label.begin(), label.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (is_hex && c >= 'a' && c <= 'f');
  });
}

bool IsHostName(std::string_view host) {
  if (host.size() > kHostBytesMax || IsNumber(host.substr(host.rfind('.') + 1))) {
    return false;
  }
  while (true) {
    const std::size_t dot = host.find('.');
    if (!IsLabel(host.substr(0, dot))) {
      return false;
    }
    if (dot == std::string_view::npos) {
      return true;
    }
    host.remove_prefix(dot + 1);
  }
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
    address.host = absl::AsciiStrToLower(
        absl::string_view(authority.data(), std::min(host_end, authority.size())));
    std::array<unsigned char, sizeof(in_addr)> v4{};
    address.host_is_ip = inet_pton(AF_INET, address.host.c_str(), v4.data()) == 1;
    if (!address.host_is_ip && !IsHostName(address.host)) {
      return false;
    }
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

std::string WebAddress::Origin() const {
  std::string origin = absl::StrCat(has_tls ? "https://" : "http://",
                                    host.find(':') == std::string::npos ? host : "[" + host + "]");
  if (port != (has_tls ? kTlsPort : kPlainPort)) {
    absl::StrAppend(&origin, ":", port);
  }
  return origin;
}

bool IsThisMachine(const WebAddress& address) {
  return address.host == "localhost" || IsLoopbackIp(address.host);
}

bool IsWebAddress(std::string_view text) { return text.find("://") != std::string_view::npos; }

absl::StatusOr<WebAddress> ParseWebAddress(const std::string& text) {
  WebAddress address;
  std::string_view rest = text;
  address.has_tls = TakePrefix(rest, kTls);
  if (!address.has_tls && !TakePrefix(rest, kPlain)) {
    return InvalidField(text, "is not an https URL");
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

}  // namespace perigee
