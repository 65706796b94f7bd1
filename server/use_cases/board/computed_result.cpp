#include "server/use_cases/board/computed_result.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/board/standings.h"
#include "server/use_cases/board/stored_period.h"

namespace perigee::use_cases {

absl::StatusOr<ComputedResult> ComputeResult(ports::StoreReader& reader, const std::string& program,
                                             const StoredPeriod& stored) {
  ComputedResult computed{.board = stored.board, .period = stored.period};
  PERIGEE_ASSIGN_OR_RETURN(computed.head, reader.journal().Head(program));
  std::unordered_map<std::string, domain::MemberKey> keys;
  std::vector<domain::Place> places;
  PERIGEE_RETURN_IF_ERROR(
      ForEachPlace(reader, program, stored.board, stored.period.interval, 0,
                   [&](const domain::Member& member, const domain::Score& score) {
                     keys.emplace(member.id, member.key);
                     places.push_back({member.id, score});
                   }));
  computed.entries.reserve(places.size());
  computed.members.reserve(places.size());
  for (const domain::RankedPlace& ranked :
       domain::RankAll(std::move(places), stored.board.scheme)) {
    const domain::MemberKey member = keys.at(ranked.place.member_id);
    computed.entries.push_back({ranked.rank, member, ranked.place.score});
    computed.members.push_back(member);
  }
  std::ranges::sort(computed.members);
  computed.digest = domain::ResultDigest(computed.entries);
  return computed;
}

}  // namespace perigee::use_cases
