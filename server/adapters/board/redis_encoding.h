#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/seal.h"
#include "server/domain/board/board.h"
#include "server/ports/board/board_copies.h"

namespace perigee::adapters {

// A member's id as Redis holds it, sealed for the copies of one board, so that neither Redis nor a
// dump of it names anybody. The same id gives the same bytes.
std::string SealId(const SealKey& key, const ports::PeriodKey& period, std::string_view id);
// nullopt if it was not sealed so.
std::optional<std::string> OpenId(const SealKey& key, const ports::PeriodKey& period,
                                  std::string_view sealed);

// A member's value in Redis: 8 bytes of the score, then 8 of reach_time.
std::string EncodeScore(const domain::Score& score);
// Appends packed places: for each, 2 bytes with the length of the member's id, the id as Redis
// holds it, the score. False if the bytes are malformed.
bool UnpackPlaces(std::string_view packed, std::vector<domain::Place>& places);

// 8 bytes of the revision, whose byte order is the order of revisions, then the journal hash.
std::string EncodeMark(const ports::Mark& mark);
std::optional<ports::Mark> DecodeMark(std::string_view bytes);

}  // namespace perigee::adapters
