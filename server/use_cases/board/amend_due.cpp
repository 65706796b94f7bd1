#include "server/use_cases/board/amend_due.h"

#include <cstdint>
#include <optional>
#include <vector>

#include "server/core/status_macros.h"
#include "server/domain/board/board.h"
#include "server/domain/member/member.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/board/computed_result.h"
#include "server/use_cases/board/standings.h"
#include "server/use_cases/board/stored_period.h"

namespace perigee::use_cases {
namespace {

using FoundScore = std::optional<domain::Score>;

// A look at a member takes some dozens of reads, so many looks cost more than the whole result.
constexpr int kLooksMax = 200;
constexpr int kReadAtOnce = 500;

bool StandsBefore(const domain::Score& a, const domain::Score& b) {
  return domain::StandsBefore({"", a}, {"", b});
}

// The member's score in the newest result.
absl::StatusOr<FoundScore> ScoreThen(ports::StoreReader& reader, const std::string& program,
                                     const StoredPeriod& stored, const domain::MemberKey& member) {
  const domain::PeriodResult& result = stored.results.back();
  PERIGEE_ASSIGN_OR_RETURN(const FoundScore score,
                           reader.boards().FindScore(program, stored.board.asset, member,
                                                     stored.period.interval, result.revision));
  if (!score.has_value()) {
    return std::nullopt;
  }
  // The entries are in order, so the place of that score is found by halves. Whether the member has
  // it shows in the entries of equal scores.
  std::int64_t before = 0;
  std::int64_t end = result.entry_count;
  while (before < end) {
    const std::int64_t middle = before + (end - before) / 2;
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::ResultEntry> entry,
                             reader.boards().ResultEntries(program, result.digest, middle, 1));
    if (!entry.empty() && StandsBefore(entry.front().score, *score)) {
      before = middle + 1;
    } else {
      end = middle;
    }
  }
  std::vector<domain::ResultEntry> equal;
  do {
    PERIGEE_ASSIGN_OR_RETURN(
        equal, reader.boards().ResultEntries(program, result.digest, before, kReadAtOnce));
    for (const domain::ResultEntry& entry : equal) {
      if (entry.score != *score) {
        return std::nullopt;
      }
      if (entry.member == member) {
        return score;
      }
    }
    before += kReadAtOnce;
  } while (!equal.empty());
  return std::nullopt;
}

absl::StatusOr<FoundScore> ScoreNow(ports::StoreReader& reader, const std::string& program,
                                    const StoredPeriod& stored, const domain::MemberKey& key,
                                    const MembersByKey& members) {
  const auto member = members.find(key);
  if (member == members.end() || !domain::IsEligible(stored.board, member->second)) {
    return std::nullopt;
  }
  return reader.boards().FindScore(program, stored.board.asset, key, stored.period.interval, 0);
}

}  // namespace

absl::StatusOr<bool> AmendDue(ports::StoreReader& reader, const std::string& program,
                              const StoredPeriod& stored) {
  const domain::PeriodResult& result = stored.results.back();
  std::vector<domain::MemberKey> changed;
  bool whole = stored.board.epoch > result.revision;
  if (!whole) {
    PERIGEE_ASSIGN_OR_RETURN(
        whole, reader.boards().PersonsChangedSince(program, stored.board.asset,
                                                   stored.period.interval, result.revision));
  }
  if (!whole) {
    PERIGEE_ASSIGN_OR_RETURN(changed, reader.boards().MembersChangedSince(
                                          program, stored.board.asset, stored.period.interval,
                                          result.revision, kLooksMax + 1));
  }
  if (whole || changed.size() > kLooksMax) {
    PERIGEE_ASSIGN_OR_RETURN(const ComputedResult computed, ComputeResult(reader, program, stored));
    return computed.digest != result.digest;
  }
  PERIGEE_ASSIGN_OR_RETURN(const MembersByKey members, ReadMembers(reader, program, changed));
  for (const domain::MemberKey& key : changed) {
    PERIGEE_ASSIGN_OR_RETURN(const FoundScore then, ScoreThen(reader, program, stored, key));
    PERIGEE_ASSIGN_OR_RETURN(const FoundScore now, ScoreNow(reader, program, stored, key, members));
    if (then != now) {
      return true;
    }
  }
  return false;
}

}  // namespace perigee::use_cases
