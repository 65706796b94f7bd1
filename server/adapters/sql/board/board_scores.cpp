#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/board/board_repository.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/numeric/int128.h"
#include "server/adapters/sql/ledger/ledger_repository.h"
#include "server/core/checked.h"
#include "server/core/status_macros.h"
#include "server/ports/board/board_reader.h"

namespace perigee::sql {
namespace {

// The scores `s` of one member, found by the postings `p` of the member's account.
constexpr std::string_view kMemberScores =
    " FROM posting p JOIN score s ON s.program = p.program AND s.asset = p.asset "
    "AND s.effective_time = p.effective_time AND s.member_key = p.member_key "
    "AND s.revision = p.revision AND s.idx = p.idx "
    "WHERE p.program = $1 AND p.asset = $2 AND p.member_key = $3 AND p.account = '' "
    "AND p.effective_time >= $4 AND p.effective_time < $5 ";

// A sum of amounts may pass 64 bits. The sums of their halves do not.
constexpr std::int64_t kHalf = std::int64_t{1} << 32;

std::string OfMember(std::string_view select, std::string_view rest) {
  std::string sql(select);
  return sql.append(kMemberScores).append(rest);
}

domain::Revision Bound(domain::Revision revision) {
  return revision == 0 ? std::numeric_limits<domain::Revision>::max() : revision;
}

}  // namespace

absl::Status BoardRepository::ForEachScore(
    const std::string& program, const std::string& asset, Interval interval,
    domain::Revision revision, const std::function<void(const ports::MemberScore&)>& visit) {
  // Reversals are few and are netted first. The rest is then one pass over an index, without
  // sorting or grouping in the engine.
  std::map<std::pair<domain::MemberKey, domain::TransferId>, std::int64_t> reversed;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT member_key, root_revision, root_idx, score FROM score WHERE program = $1 "
      "AND asset = $2 AND effective_time >= $3 AND effective_time < $4 AND revision <= $5 "
      "AND (revision <> root_revision OR idx <> root_idx)",
      {program, asset, interval.start, interval.end, Bound(revision)}, [&](const Row& row) {
        reversed[{row.Id(0), {row.Int(1), row.Small(2)}}] += row.Int(3);
      }));
  // One block of memory, which is freed as a whole, because there may be as many scores as members.
  absl::flat_hash_map<domain::MemberKey, domain::Score, UuidHash> scores;
  // The parts that 64 bits have no room for.
  std::map<domain::MemberKey, absl::int128> beyond;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT member_key, revision, idx, score, effective_time FROM score WHERE program = $1 "
      "AND asset = $2 AND effective_time >= $3 AND effective_time < $4 AND revision <= $5 "
      "AND revision = root_revision AND idx = root_idx",
      {program, asset, interval.start, interval.end, Bound(revision)}, [&](const Row& row) {
        const domain::MemberKey member = row.Id(0);
        std::int64_t net = row.Int(3);
        if (!reversed.empty()) {
          const auto found = reversed.find({member, {row.Int(1), row.Small(2)}});
          net += found == reversed.end() ? 0 : found->second;
        }
        if (net != 0) {
          const auto [score, added] =
              scores.try_emplace(member, domain::Score{0, kBeginningOfTime});
          if (const auto sum = CheckedAdd(score->second.score, net)) {
            score->second.score = *sum;
          } else {
            beyond[member] += net;
          }
          score->second.reach_time = std::max(score->second.reach_time, row.At(4));
        }
      }));
  for (auto& [member, score] : scores) {
    const auto more = beyond.find(member);
    score.score = domain::ClampScore(more == beyond.end() ? absl::int128(score.score)
                                                          : more->second + score.score);
    visit({member, score});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<domain::Score>> BoardRepository::FindScore(
    const std::string& program, const std::string& asset, const domain::MemberKey& member,
    Interval interval, domain::Revision revision) {
  static const Sql kSql = Sql::Built(OfMember(
      "SELECT CAST(SUM(net / $7) AS BIGINT), CAST(SUM(net % $7) AS BIGINT), MAX(effective_time) "
      "FROM "
      "(SELECT CAST(SUM(s.score) AS BIGINT) AS net, MAX(s.effective_time) AS effective_time",
      "AND p.revision <= $6 GROUP BY s.root_revision, s.root_idx) AS roots WHERE net <> 0"));
  std::optional<domain::Score> found;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      kSql, {program, asset, member, interval.start, interval.end, Bound(revision), kHalf},
      [&](const Row& row) {
        if (!row.IsNull(0)) {
          found = domain::Score{domain::ClampScore(absl::int128(row.Int(0)) * kHalf + row.Int(1)),
                                row.At(2)};
        }
      }));
  return found;
}

absl::StatusOr<std::vector<ports::Contribution>> BoardRepository::Contributions(
    const std::string& program, const std::string& asset, const domain::MemberKey& member,
    Interval interval, domain::Revision revision, int limit) {
  static const Sql kSql = Sql::Built(OfMember(
      "SELECT s.root_revision, s.root_idx, CAST(SUM(s.score) AS BIGINT)",
      "AND p.revision <= $6 GROUP BY s.root_revision, s.root_idx HAVING SUM(s.score) <> 0 "
      "ORDER BY MAX(s.effective_time) DESC, s.root_revision DESC, s.root_idx DESC LIMIT $7"));
  std::vector<std::pair<domain::TransferId, std::int64_t>> roots;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      kSql, {program, asset, member, interval.start, interval.end, Bound(revision), limit},
      [&](const Row& row) {
        roots.push_back({{row.Int(0), row.Small(1)}, row.Int(2)});
      }));
  LedgerRepository ledger(connection_);
  std::vector<ports::Contribution> contributions;
  for (const auto& [id, score] : roots) {
    PERIGEE_ASSIGN_OR_RETURN(std::optional<domain::Transfer> transfer,
                             ledger.FindTransfer(program, id));
    if (transfer.has_value()) {
      contributions.push_back({*std::move(transfer), score});
    }
  }
  return contributions;
}

absl::StatusOr<std::vector<domain::MemberKey>> BoardRepository::MembersChangedSince(
    const std::string& program, const std::string& asset, Interval interval,
    domain::Revision revision, int limit) {
  std::set<domain::MemberKey> members;
  const auto add = [&](const Row& row) { members.insert(row.Id(0)); };
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT DISTINCT member_key FROM score WHERE program = $1 AND asset = $2 "
      "AND effective_time >= $3 AND effective_time < $4 AND revision > $5 LIMIT $6",
      {program, asset, interval.start, interval.end, revision, limit}, add));
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT e.member_key FROM eligibility e WHERE e.program = $1 AND e.revision > $5 "
      "AND EXISTS (SELECT 1 FROM posting p WHERE p.program = e.program "
      "AND p.member_key = e.member_key AND p.asset = $2 AND p.account = '' "
      "AND p.effective_time >= $3 AND p.effective_time < $4 AND p.revision <= $5) LIMIT $6",
      {program, asset, interval.start, interval.end, revision, limit}, add));
  std::vector<domain::MemberKey> found(members.begin(), members.end());
  found.resize(std::min(found.size(), static_cast<std::size_t>(limit)));
  return found;
}

}  // namespace perigee::sql
