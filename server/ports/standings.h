#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/status_macros.h"
#include "server/domain/board.h"
#include "server/ports/store.h"

namespace perigee::ports {

// What the store says about who stands on a board: the one definition that caches are built from
// and held against, and results are made of.

using MembersByKey = std::unordered_map<domain::MemberKey, domain::Member, UuidHash>;

// Members by key, read in portions; keys that nobody has are left out.
inline absl::StatusOr<MembersByKey> ReadMembers(StoreReader& reader, const std::string& program,
                                                std::span<const domain::MemberKey> keys) {
  constexpr std::size_t kPortion = 500;
  MembersByKey members;
  members.reserve(keys.size());
  for (std::size_t at = 0; at < keys.size(); at += kPortion) {
    const auto portion = keys.subspan(at, std::min(kPortion, keys.size() - at));
    PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Member> found,
                             reader.FindMembers(program, portion));
    for (domain::Member& member : found) {
      const domain::MemberKey key = member.key;
      members.insert_or_assign(key, std::move(member));
    }
  }
  return members;
}

// A member who stands on a board in one period.
struct Standing {
  domain::MemberKey key;
  domain::Place place;
};

// Everybody who stands there by what was recorded up to `revision` (0: all), in no particular
// order; eligible is who is so in this view of the store.
inline absl::StatusOr<std::vector<Standing>> GatherStandings(StoreReader& reader,
                                                             const std::string& program,
                                                             const domain::Board& board,
                                                             const Interval& interval,
                                                             Revision revision) {
  std::vector<MemberScore> scores;
  PERIGEE_RETURN_IF_ERROR(
      reader.ForEachScore(program, board.asset, interval, revision,
                          [&](const MemberScore& score) { scores.push_back(score); }));
  std::vector<domain::MemberKey> keys;
  keys.reserve(scores.size());
  for (const MemberScore& score : scores) {
    keys.push_back(score.member);
  }
  PERIGEE_ASSIGN_OR_RETURN(MembersByKey members, ReadMembers(reader, program, keys));
  std::vector<Standing> standings;
  standings.reserve(scores.size());
  for (const MemberScore& score : scores) {
    const auto member = members.find(score.member);
    if (member != members.end() && domain::IsEligible(board, member->second)) {
      standings.push_back({score.member, {member->second.id, score.score}});
    }
  }
  return standings;
}

// A period's result as the store has it now. `version`, `reason`, `time` and `revision` are for the
// caller to set.
inline absl::StatusOr<domain::PeriodResult> MakeResult(StoreReader& reader,
                                                       const std::string& program,
                                                       const domain::Board& board,
                                                       const domain::Period& period) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Standing> standings,
                           GatherStandings(reader, program, board, period.interval, 0));
  std::unordered_map<std::string, domain::MemberKey> keys;
  std::vector<domain::Place> places;
  places.reserve(standings.size());
  for (Standing& standing : standings) {
    keys.emplace(standing.place.member_id, standing.key);
    places.push_back(std::move(standing.place));
  }
  domain::PeriodResult result;
  result.board = board.id;
  result.board_created = board.created;
  result.period = period.id;
  for (const domain::RankedPlace& ranked : domain::RankAll(std::move(places), board.scheme)) {
    result.entries.push_back({ranked.rank, keys.at(ranked.place.member_id), ranked.place.score});
  }
  result.entry_count = static_cast<std::int64_t>(result.entries.size());
  result.digest = domain::ResultDigest(result.entries);
  return result;
}

}  // namespace perigee::ports
