#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/board/board_repository.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "server/adapters/sql/ledger/ledger_repository.h"
#include "server/adapters/sql/member/member_repository.h"
#include "server/adapters/sql/member/person.h"
#include "server/core/checked.h"
#include "server/core/status_macros.h"
#include "server/ports/board/board_reader.h"

namespace perigee::sql {
namespace {

// A sum of amounts may pass 64 bits. The sums of their halves do not.
constexpr std::int64_t kHalf = std::int64_t{1} << 32;

// The net of a root over all members of a person. It is no larger than the amount of the root, but
// sums on the way may be.
constexpr std::string_view kNet =
    "CAST(SUM(s.score / $7) AS BIGINT) * $7 + CAST(SUM(s.score % $7) AS BIGINT)";

// `select` of the scores `s` of one person by root. They are found by the postings `p` of the
// members' accounts. Parameters: the interval is $4 and $5, the newest revision $6, and $7 kHalf.
std::string OfPerson(std::string_view select, std::string_view rest) {
  return absl::StrCat(
      std::string(select), " FROM ", MembersOfPerson("$3"),
      " person CROSS JOIN posting p CROSS JOIN score s WHERE p.program = $1 "
      "AND p.member_key = person.member_key AND p.asset = $2 AND p.account = '' "
      "AND p.effective_time >= $4 AND p.effective_time < $5 AND p.revision <= $6 "
      "AND s.program = p.program AND s.asset = p.asset AND s.effective_time = p.effective_time "
      "AND s.member_key = p.member_key AND s.revision = p.revision AND s.idx = p.idx "
      "GROUP BY s.root_revision, s.root_idx ",
      std::string(rest));
}

// Whether one of the subquery `members` has postings of the asset $2 in the interval from $3 to
// $4 that were recorded up to the revision $5.
std::string HadPostings(std::string_view members) {
  return absl::StrCat(
      "EXISTS (SELECT 1 FROM ", std::string(members),
      " person CROSS JOIN posting p WHERE p.program = $1 AND p.member_key = person.member_key "
      "AND p.asset = $2 AND p.account = '' AND p.effective_time >= $3 AND p.effective_time < $4 "
      "AND p.revision <= $5)");
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
  using RootOfMember = std::pair<domain::MemberKey, domain::TransferId>;
  std::map<RootOfMember, std::int64_t> reversed;
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged,
                           MemberRepository(connection_).Merged(program));
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT member_key, root_revision, root_idx, score FROM score WHERE program = $1 "
      "AND asset = $2 AND effective_time >= $3 AND effective_time < $4 AND revision <= $5 "
      "AND (revision <> root_revision OR idx <> root_idx)",
      {program, asset, interval.start, interval.end, Bound(revision)}, [&](const Row& row) {
        reversed[{merged.HeadOf(row.Id(0)), {row.Int(1), row.Small(2)}}] += row.Int(3);
      }));
  // One block of memory, which is freed as a whole, because there may be as many scores as members.
  absl::flat_hash_map<domain::MemberKey, domain::Score, UuidHash> scores;
  // The parts that 64 bits have no room for.
  std::map<domain::MemberKey, absl::int128> beyond;
  const auto add = [&](const domain::MemberKey& member, std::int64_t net, Time time) {
    if (net == 0) {
      return;
    }
    const auto [score, added] = scores.try_emplace(member, domain::Score{0, kBeginningOfTime});
    if (const auto sum = CheckedAdd(score->second.score, net)) {
      score->second.score = *sum;
    } else {
      beyond[member] += net;
    }
    score->second.reach_time = std::max(score->second.reach_time, time);
  };
  // Two members of one person may be the sides of one transfer, so their roots are netted before
  // they count.
  std::map<RootOfMember, domain::Score> of_persons;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT member_key, revision, idx, score, effective_time FROM score WHERE program = $1 "
      "AND asset = $2 AND effective_time >= $3 AND effective_time < $4 AND revision <= $5 "
      "AND revision = root_revision AND idx = root_idx",
      {program, asset, interval.start, interval.end, Bound(revision)}, [&](const Row& row) {
        const domain::MemberKey member = row.Id(0);
        if (!merged.empty() && merged.IsOneOfMany(member)) {
          domain::Score& net = of_persons[{merged.HeadOf(member), {row.Int(1), row.Small(2)}}];
          net = {net.score + row.Int(3), row.At(4)};
          return;
        }
        std::int64_t net = row.Int(3);
        if (!reversed.empty()) {
          const auto found = reversed.find({member, {row.Int(1), row.Small(2)}});
          net += found == reversed.end() ? 0 : found->second;
        }
        add(member, net, row.At(4));
      }));
  for (const auto& [root, net] : of_persons) {
    const auto found = reversed.find(root);
    add(root.first, net.score + (found == reversed.end() ? 0 : found->second), net.reach_time);
  }
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
  static const Sql kSql = Sql::Built(
      OfPerson(absl::StrCat("SELECT CAST(SUM(net / $7) AS BIGINT), CAST(SUM(net % $7) AS BIGINT), "
                            "MAX(effective_time) FROM (SELECT ",
                            std::string(kNet), " AS net, MAX(s.effective_time) AS effective_time"),
               ") AS roots WHERE net <> 0"));
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
  static const std::string kNetText(kNet);
  static const Sql kSql = Sql::Built(OfPerson(
      "SELECT s.root_revision, s.root_idx, " + kNetText,
      "HAVING " + kNetText +
          " <> 0 ORDER BY MAX(s.effective_time) DESC, s.root_revision DESC, s.root_idx DESC "
          "LIMIT $8"));
  std::vector<std::pair<domain::TransferId, std::int64_t>> roots;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      kSql, {program, asset, member, interval.start, interval.end, Bound(revision), kHalf, limit},
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
      "SELECT DISTINCT COALESCE(m.merged_into, s.member_key) FROM score s LEFT JOIN member m "
      "ON m.program = s.program AND m.member_key = s.member_key AND m.merged_into <> {nil} "
      "WHERE s.program = $1 AND s.asset = $2 AND s.effective_time >= $3 AND s.effective_time < $4 "
      "AND s.revision > $5 LIMIT $6",
      {program, asset, interval.start, interval.end, revision, limit}, add));
  static const Sql kEligibility = Sql::Built(
      "SELECT e.member_key FROM eligibility e WHERE e.program = $1 AND e.revision > $5 AND " +
      HadPostings(MembersOfPerson("e.member_key")) + " LIMIT $6");
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      kEligibility, {program, asset, interval.start, interval.end, revision, limit}, add));
  std::vector<domain::MemberKey> found(members.begin(), members.end());
  found.resize(std::min(found.size(), static_cast<std::size_t>(limit)));
  return found;
}

absl::StatusOr<bool> BoardRepository::PersonsChangedSince(const std::string& program,
                                                          const std::string& asset,
                                                          Interval interval,
                                                          domain::Revision revision) {
  static const Sql kSql = Sql::Built(
      "SELECT 1 FROM eligibility e WHERE e.program = $1 AND e.revision > $5 "
      "AND e.person_revision > $5 AND " +
      HadPostings("(SELECT e.member_key)") + " LIMIT 1");
  bool changed = false;
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query(kSql, {program, asset, interval.start, interval.end, revision},
                        [&](const Row&) { changed = true; }));
  return changed;
}

}  // namespace perigee::sql
