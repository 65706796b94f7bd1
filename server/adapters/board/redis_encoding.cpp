#include "server/adapters/board/redis_encoding.h"

#include <algorithm>
#include <cstdint>

namespace perigee::adapters {
namespace {

constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kLengthBytes = 2;
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

std::string ContextOf(const ports::PeriodKey& period) {
  return "redis/" + period.program + "/" + period.board;
}

}  // namespace

std::string SealId(const SealKey& key, const ports::PeriodKey& period, std::string_view id) {
  return Seal(key, ContextOf(period), id);
}

std::optional<std::string> OpenId(const SealKey& key, const ports::PeriodKey& period,
                                  std::string_view sealed) {
  return OpenSealed(key, ContextOf(period), sealed);
}

std::string EncodeScore(const domain::Score& score) {
  std::string bytes;
  AppendRising(score.score, bytes);
  AppendRising(ToMicros(score.reach_time), bytes);
  return bytes;
}

bool UnpackPlaces(std::string_view packed, std::vector<domain::Place>& places) {
  while (!packed.empty()) {
    if (packed.size() < kLengthBytes) {
      return false;
    }
    const std::size_t length = static_cast<std::size_t>(static_cast<std::uint8_t>(packed[0])) << 8 |
                               static_cast<std::uint8_t>(packed[1]);
    packed.remove_prefix(kLengthBytes);
    if (packed.size() < length + 2 * kNumberBytes) {
      return false;
    }
    const std::string_view score = packed.substr(length);
    places.push_back({std::string(packed.substr(0, length)),
                      {ReadRising(score), FromMicros(ReadRising(score.substr(kNumberBytes)))}});
    packed.remove_prefix(length + 2 * kNumberBytes);
  }
  return true;
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
