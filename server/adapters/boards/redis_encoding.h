#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/domain/board.h"
#include "server/ports/boards.h"

namespace perigee::adapters {

// How a place is written in a Redis sorted set, so that the set's own ascending order is that of
// domain::StandsBefore. Redis orders by a double, then by the member's bytes (a beginning of
// another stands before it).
//
// - The double is the score negated. It rounds beyond 2^53, but never turns an order round, so
//   scores that share a double are neighbours.
// - The member is 8 bytes that fall as the score rises, 8 bytes that rise with reach_time (both
//   big-endian, the sign bit turned so that negative numbers are less than positive ones), then the
//   member id as it is. Where doubles are equal the bytes decide: exact score descending,
//   reach_time ascending, id ascending.
//
// The first 16 bytes are the place's state: what the hash by member id holds. Places of one state
// are tied; places of one score share the first 8 bytes.
inline constexpr std::size_t kScoreBytes = 8;
inline constexpr std::size_t kStateBytes = 16;

std::string EncodeScore(std::int64_t score);
std::string EncodeState(const domain::Score& score);
std::string EncodeMember(const domain::Place& place);
// nullopt if nobody could have written it.
std::optional<domain::Place> DecodeMember(std::string_view member);

// The double as Redis takes it, and whether what Redis gave is that of `score`.
std::string FormatRedisScore(std::int64_t score);
bool IsRedisScoreOf(std::int64_t score, std::string_view text);

// 8 bytes of the revision, then the journal hash.
std::string EncodeMark(const ports::Mark& mark);
std::optional<ports::Mark> DecodeMark(std::string_view bytes);

}  // namespace perigee::adapters
