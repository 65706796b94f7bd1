#include "server/core/base58.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace perigee {
namespace {

constexpr std::string_view kAlphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::size_t kTextBytesMax = 256;

// The digits of a number in another base, the most significant first. Each leading zero stays one
// digit, as base58 wants it.
std::vector<std::uint8_t> Converted(const std::vector<std::uint8_t>& digits, std::uint32_t from,
                                    std::uint32_t to) {
  const auto first = std::ranges::find_if(digits, [](std::uint8_t digit) { return digit != 0; });
  std::vector<std::uint8_t> reversed;
  for (auto digit = first; digit != digits.end(); ++digit) {
    std::uint32_t carry = *digit;
    for (std::uint8_t& place : reversed) {
      carry += place * from;
      place = static_cast<std::uint8_t>(carry % to);
      carry /= to;
    }
    for (; carry > 0; carry /= to) {
      reversed.push_back(static_cast<std::uint8_t>(carry % to));
    }
  }
  std::vector<std::uint8_t> converted(static_cast<std::size_t>(first - digits.begin()), 0);
  converted.insert(converted.end(), reversed.rbegin(), reversed.rend());
  return converted;
}

}  // namespace

std::string EncodeBase58(std::string_view bytes) {
  std::string text;
  for (const std::uint8_t digit : Converted({bytes.begin(), bytes.end()}, 256, 58)) {
    text.push_back(kAlphabet[digit]);
  }
  return text;
}

std::optional<std::string> DecodeBase58(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return std::nullopt;
  }
  std::vector<std::uint8_t> digits;
  for (const char letter : text) {
    const std::size_t digit = kAlphabet.find(letter);
    if (digit == std::string_view::npos) {
      return std::nullopt;
    }
    digits.push_back(static_cast<std::uint8_t>(digit));
  }
  const std::vector<std::uint8_t> bytes = Converted(digits, 58, 256);
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace perigee
