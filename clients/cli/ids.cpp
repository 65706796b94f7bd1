#include "clients/cli/ids.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <random>

#include "server/core/sha256.h"

namespace perigee::cli {

namespace {

using Bytes = std::array<std::uint8_t, 16>;

// RFC 9562: the version is in the high half of byte 6, the variant in the two highest bits of byte
// 8.
std::string Format(Bytes bytes, std::uint8_t version) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | (version << 4));
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      text.push_back('-');
    }
    text.push_back(kDigits[bytes[i] >> 4]);
    text.push_back(kDigits[bytes[i] & 0x0F]);
  }
  return text;
}

}  // namespace

std::string NewRequestId() {
  Bytes bytes{};
  std::random_device random;
  std::ranges::generate(bytes, [&] { return static_cast<std::uint8_t>(random()); });
  const auto millis =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                     std::chrono::system_clock::now().time_since_epoch())
                                     .count());
  for (std::size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<std::uint8_t>(millis >> (8 * (5 - i)));
  }
  return Format(bytes, 7);
}

std::string DerivedRequestId(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) {
    // The length comes before each part, so that no two lists of parts give the same bytes.
    all.append(std::to_string(part.size())).append(":").append(part);
  }
  const Sha256Digest digest = Sha256(all);
  Bytes bytes{};
  std::copy_n(digest.begin(), bytes.size(), bytes.begin());
  return Format(bytes, 8);
}

}  // namespace perigee::cli
