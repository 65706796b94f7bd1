#include "server/adapters/sql/score_repository.h"

#include <algorithm>
#include <limits>
#include <map>
#include <unordered_map>
#include <utility>

#include "server/adapters/sql/ledger_repository.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

domain::Revision Bound(domain::Revision revision) {
  return revision == 0 ? std::numeric_limits<domain::Revision>::max() : revision;
}

}  // namespace

absl::Status ScoreRepository::ForEach(const std::string& program, const std::string& asset,
                                      Interval interval, domain::Revision revision,
                                      const std::function<void(const ports::MemberScore&)>& visit) {
  // Reversals are few and are netted first, so that the rest is one pass over an index without
  // sorting or grouping in the engine.
  std::map<std::pair<domain::MemberKey, domain::TransferId>, std::int64_t> reversed;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT member_key, root_revision, root_idx, score FROM score WHERE program = $1 "
      "AND asset = $2 AND effective_time >= $3 AND effective_time < $4 AND revision <= $5 "
      "AND (revision <> root_revision OR idx <> root_idx)",
      {program, asset, interval.start, interval.end, Bound(revision)}, [&](const Row& row) {
        reversed[{row.Id(0), {row.Int(1), row.Small(2)}}] += row.Int(3);
      }));
  std::unordered_map<domain::MemberKey, domain::Score, UuidHash> scores;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT member_key, revision, idx, score, effective_time FROM score WHERE program = $1 "
      "AND asset = $2 AND effective_time >= $3 AND effective_time < $4 AND revision <= $5 "
      "AND revision = root_revision AND idx = root_idx",
      {program, asset, interval.start, interval.end, Bound(revision)}, [&](const Row& row) {
        const domain::MemberKey member = row.Id(0);
        std::int64_t standing = row.Int(3);
        if (!reversed.empty()) {
          const auto found = reversed.find({member, {row.Int(1), row.Small(2)}});
          standing += found == reversed.end() ? 0 : found->second;
        }
        if (standing != 0) {
          const auto [score, added] =
              scores.try_emplace(member, domain::Score{0, kBeginningOfTime});
          score->second.score += standing;
          score->second.reach_time = std::max(score->second.reach_time, row.At(4));
        }
      }));
  for (const auto& [member, score] : scores) {
    visit({member, score});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<domain::Score>> ScoreRepository::Find(const std::string& program,
                                                                   const std::string& asset,
                                                                   const domain::MemberKey& member,
                                                                   Interval interval,
                                                                   domain::Revision revision) {
  std::optional<domain::Score> found;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT CAST(SUM(standing) AS BIGINT), MAX(effective_time) FROM "
      "(SELECT SUM(score) AS standing, MAX(effective_time) AS effective_time FROM score "
      "WHERE program = $1 AND asset = $2 AND member_key = $3 AND effective_time >= $4 "
      "AND effective_time < $5 AND revision <= $6 GROUP BY root_revision, root_idx) AS roots "
      "WHERE standing <> 0",
      {program, asset, member, interval.start, interval.end, Bound(revision)}, [&](const Row& row) {
        if (!row.IsNull(0)) {
          found = domain::Score{row.Int(0), row.At(1)};
        }
      }));
  return found;
}

absl::StatusOr<std::vector<ports::Contribution>> ScoreRepository::Contributions(
    const std::string& program, const std::string& asset, const domain::MemberKey& member,
    Interval interval, int limit) {
  std::vector<std::pair<domain::TransferId, std::int64_t>> standing;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT root_revision, root_idx, CAST(SUM(score) AS BIGINT) FROM score "
      "WHERE program = $1 AND asset = $2 AND member_key = $3 AND effective_time >= $4 "
      "AND effective_time < $5 GROUP BY root_revision, root_idx HAVING SUM(score) <> 0 "
      "ORDER BY MAX(effective_time) DESC, root_revision DESC, root_idx DESC LIMIT $6",
      {program, asset, member, interval.start, interval.end, limit}, [&](const Row& row) {
        standing.push_back({{row.Int(0), row.Small(1)}, row.Int(2)});
      }));
  LedgerRepository ledger(connection_);
  std::vector<ports::Contribution> contributions;
  for (const auto& [id, score] : standing) {
    PERIGEE_ASSIGN_OR_RETURN(std::optional<domain::Transfer> transfer,
                             ledger.FindTransfer(program, id));
    if (transfer.has_value()) {
      contributions.push_back({*std::move(transfer), score});
    }
  }
  return contributions;
}

absl::StatusOr<bool> ScoreRepository::ChangedSince(const std::string& program,
                                                   const std::string& asset, Interval interval,
                                                   domain::Revision revision) {
  bool changed = false;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT 1 FROM score WHERE program = $1 AND asset = $2 AND effective_time >= $3 "
      "AND effective_time < $4 AND revision > $5 LIMIT 1",
      {program, asset, interval.start, interval.end, revision},
      [&](const Row&) { changed = true; }));
  return changed;
}

}  // namespace perigee::sql
