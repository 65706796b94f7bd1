#pragma once

#include <algorithm>
#include <iterator>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/status_macros.h"
#include "server/domain/board/board.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/portions.h"
#include "server/ports/store.h"

namespace perigee::use_cases {

// Who is on a board, by the store. Caches are built from this one definition and compared with it,
// and results are made from it.

using MembersByKey = std::unordered_map<domain::MemberKey, domain::Member, UuidHash>;

// Members by key, read in portions. Keys without a member are left out.
inline absl::StatusOr<MembersByKey> ReadMembers(ports::StoreReader& reader,
                                                const std::string& program,
                                                std::span<const domain::MemberKey> keys) {
  MembersByKey members;
  members.reserve(keys.size());
  const auto read = [&](std::span<const domain::MemberKey> portion) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Member> found,
                             reader.members().FindByKeys(program, portion));
    for (domain::Member& member : found) {
      const domain::MemberKey key = member.key;
      members.insert_or_assign(key, std::move(member));
    }
    return absl::OkStatus();
  };
  PERIGEE_RETURN_IF_ERROR(ports::InPortions(keys, read));
  return members;
}

// Calls `visit` for every member on a board in one period, by the transfers recorded up to
// `revision` (0: all), in the order of their keys. Eligibility is that of this view of the store.
inline absl::Status ForEachPlace(
    ports::StoreReader& reader, const std::string& program, const domain::Board& board,
    const Interval& interval, domain::Revision revision,
    absl::FunctionRef<void(const domain::Member& member, const domain::Score& score)> visit) {
  std::vector<ports::MemberScore> scores;
  PERIGEE_RETURN_IF_ERROR(reader.boards().ForEachScore(
      program, board.asset, interval, revision,
      [&](const ports::MemberScore& score) { scores.push_back(score); }));
  // The store keeps members in this order.
  std::ranges::sort(scores, {}, &ports::MemberScore::member);
  std::vector<domain::MemberKey> keys;
  return ports::InPortions(
      std::span(scores), [&](std::span<const ports::MemberScore> portion) -> absl::Status {
        keys.clear();
        std::ranges::transform(portion, std::back_inserter(keys), &ports::MemberScore::member);
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> members,
                                 reader.members().FindByKeys(program, keys));
        auto score = portion.begin();
        for (const domain::Member& member : members) {
          score = std::ranges::find(score, portion.end(), member.key, &ports::MemberScore::member);
          if (domain::IsEligible(board, member)) {
            visit(member, score->score);
          }
        }
        return absl::OkStatus();
      });
}

}  // namespace perigee::use_cases
