#include "server/adapters/boards/redis_encoding.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <system_error>

namespace perigee::adapters {
namespace {

constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

void AppendRising(std::int64_t value, std::string& bytes) {
  const std::uint64_t bits = static_cast<std::uint64_t>(value) ^ kSignBit;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>((bits >> shift) & 0xff));
  }
}

std::int64_t ReadRising(std::string_view bytes) {
  std::uint64_t bits = 0;
  for (const char byte : bytes.substr(0, 8)) {
    bits = bits << 8 | static_cast<std::uint8_t>(byte);
  }
  return static_cast<std::int64_t>(bits ^ kSignBit);
}

// The number is turned after it is a double: the least integer has no negative. Zero stays without
// a sign; g++ 12 makes 0.0 - 0.0 here the negative zero, so it is said in so many words.
double RedisScore(std::int64_t score) { return score == 0 ? 0.0 : -static_cast<double>(score); }

}  // namespace

std::string EncodeScore(std::int64_t score) {
  std::string bytes;
  AppendRising(~score, bytes);
  return bytes;
}

std::string EncodeState(const domain::Score& score) {
  std::string bytes = EncodeScore(score.score);
  AppendRising(ToMicros(score.reach_time), bytes);
  return bytes;
}

std::string EncodeMember(const domain::Place& place) {
  return EncodeState(place.score) + place.member_id;
}

std::optional<domain::Place> DecodeMember(std::string_view member) {
  if (member.size() < kStateBytes) {
    return std::nullopt;
  }
  return domain::Place{std::string(member.substr(kStateBytes)),
                       {~ReadRising(member), FromMicros(ReadRising(member.substr(kScoreBytes)))}};
}

std::string FormatRedisScore(std::int64_t score) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.17g", RedisScore(score));
  return text.data();
}

bool IsRedisScoreOf(std::int64_t score, std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value == RedisScore(score);
}

std::string EncodeMark(const ports::Mark& mark) {
  std::string bytes;
  AppendRising(mark.revision, bytes);
  bytes.append(mark.hash.begin(), mark.hash.end());
  return bytes;
}

std::optional<ports::Mark> DecodeMark(std::string_view bytes) {
  ports::Mark mark;
  if (bytes.size() != 8 + mark.hash.size()) {
    return std::nullopt;
  }
  mark.revision = ReadRising(bytes);
  std::ranges::transform(bytes.substr(8), mark.hash.begin(),
                         [](char byte) { return static_cast<std::uint8_t>(byte); });
  return mark;
}

}  // namespace perigee::adapters
