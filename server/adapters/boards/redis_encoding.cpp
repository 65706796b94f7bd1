#include "server/adapters/boards/redis_encoding.h"

#include <algorithm>
#include <cstdint>

namespace perigee::adapters {
namespace {

constexpr std::size_t kNumberBytes = 8;
constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

void AppendRising(std::int64_t value, std::string& bytes) {
  const std::uint64_t bits = static_cast<std::uint64_t>(value) ^ kSignBit;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>((bits >> shift) & 0xff));
  }
}

std::int64_t ReadRising(std::string_view bytes) {
  std::uint64_t bits = 0;
  for (const char byte : bytes.substr(0, kNumberBytes)) {
    bits = bits << 8 | static_cast<std::uint8_t>(byte);
  }
  return static_cast<std::int64_t>(bits ^ kSignBit);
}

}  // namespace

std::string EncodeScore(const domain::Score& score) {
  std::string bytes;
  AppendRising(score.score, bytes);
  AppendRising(ToMicros(score.reach_time), bytes);
  return bytes;
}

std::optional<domain::Score> DecodeScore(std::string_view bytes) {
  if (bytes.size() != 2 * kNumberBytes) {
    return std::nullopt;
  }
  return domain::Score{ReadRising(bytes), FromMicros(ReadRising(bytes.substr(kNumberBytes)))};
}

std::string EncodeMark(const ports::Mark& mark) {
  std::string bytes;
  AppendRising(mark.revision, bytes);
  bytes.append(mark.hash.begin(), mark.hash.end());
  return bytes;
}

std::optional<ports::Mark> DecodeMark(std::string_view bytes) {
  ports::Mark mark;
  if (bytes.size() != kNumberBytes + mark.hash.size()) {
    return std::nullopt;
  }
  mark.revision = ReadRising(bytes);
  std::ranges::transform(bytes.substr(kNumberBytes), mark.hash.begin(),
                         [](char byte) { return static_cast<std::uint8_t>(byte); });
  return mark;
}

}  // namespace perigee::adapters
