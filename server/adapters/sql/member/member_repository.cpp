#include "server/adapters/sql/member/member_repository.h"

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/adapters/sql/ledger/account_repository.h"
#include "server/core/status_macros.h"
#include "server/ports/member/member_reader.h"

namespace perigee::sql {
namespace {

constexpr int kKindLast = static_cast<int>(domain::StakeholderKind::kInvestor);

std::int64_t KindBits(const std::vector<domain::StakeholderKind>& kinds) {
  std::int64_t bits = 0;
  for (const domain::StakeholderKind kind : kinds) {
    bits |= std::int64_t{1} << static_cast<int>(kind);
  }
  return bits;
}

std::vector<domain::StakeholderKind> KindsOf(std::int64_t bits) {
  std::vector<domain::StakeholderKind> kinds;
  for (int kind = 1; kind <= kKindLast; ++kind) {
    if ((bits >> kind & 1) != 0) {
      kinds.push_back(static_cast<domain::StakeholderKind>(kind));
    }
  }
  return kinds;
}

// In the order that ReadMember reads them.
constexpr std::string_view kColumns =
    "m.member_key, m.id, m.display_name, m.kinds, m.facets, m.type, m.standing, m.board_opt_out, "
    "m.join_time, m.create_time, m.update_time, m.revision";
constexpr int kColumnCount = 12;

std::string Select(std::string_view rest) {
  return std::string("SELECT ").append(kColumns).append(" FROM member m ").append(rest);
}

std::vector<Value> NamesOf(const std::string& program, std::span<const std::string> member_ids) {
  std::vector<Value> values;
  values.reserve(2 * member_ids.size());
  for (const std::string& id : member_ids) {
    values.insert(values.end(), {program, id});
  }
  return values;
}

domain::Member ReadMember(const Row& row) {
  domain::Member member;
  member.key = row.Id(0);
  member.id = row.Text(1);
  member.display_name = row.Text(2);
  member.kinds = KindsOf(row.Int(3));
  if (const std::string facets = row.Text(4); !facets.empty()) {
    member.facets = absl::StrSplit(facets, '\n');
  }
  member.type = static_cast<domain::MemberType>(row.Int(5));
  member.standing = static_cast<domain::Standing>(row.Int(6));
  member.board_opt_out = row.Flag(7);
  member.join_time = row.At(8);
  member.create_time = row.At(9);
  member.update_time = row.At(10);
  member.revision = row.Int(11);
  return member;
}

}  // namespace

absl::StatusOr<std::optional<domain::Member>> MemberRepository::Find(const std::string& program,
                                                                     const std::string& member_id) {
  static const Sql kSql = Sql::Built(Select("WHERE m.program = $1 AND m.id = $2"));
  std::optional<domain::Member> found;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(kSql, {program, member_id},
                                            [&](const Row& row) { found = ReadMember(row); }));
  return found;
}

absl::StatusOr<std::vector<domain::Member>> MemberRepository::FindByKeys(
    const std::string& program, std::span<const domain::MemberKey> keys) {
  std::vector<Value> values;
  values.reserve(2 * keys.size());
  for (const domain::MemberKey& key : keys) {
    values.insert(values.end(), {program, key});
  }
  static const Sql kSql = Sql::Built(Select("WHERE m.program = $1 AND m.member_key = $2"));
  std::vector<domain::Member> members;
  members.reserve(keys.size());
  PERIGEE_RETURN_IF_ERROR(connection_.QueryMany(
      kSql, values, 2, [&](std::size_t, const Row& row) { members.push_back(ReadMember(row)); }));
  return members;
}

absl::StatusOr<std::vector<domain::Member>> MemberRepository::FindByIds(
    const std::string& program, std::span<const std::string> member_ids) {
  static const Sql kSql = Sql::Built(Select("WHERE m.program = $1 AND m.id = $2"));
  std::vector<domain::Member> members;
  members.reserve(member_ids.size());
  PERIGEE_RETURN_IF_ERROR(connection_.QueryMany(
      kSql, NamesOf(program, member_ids), 2,
      [&](std::size_t, const Row& row) { members.push_back(ReadMember(row)); }));
  return members;
}

absl::Status MemberRepository::AskWithAccounts(
    const std::string& program, std::span<const std::string> member_ids,
    std::function<void(domain::Member member)> visit,
    std::function<void(domain::Account account)> visit_account) {
  static const Sql kSql =
      Sql::Built(std::string("SELECT ")
                     .append(kColumns)
                     .append(", ")
                     .append(kAccountColumns)
                     .append(" FROM member m LEFT JOIN account a "
                             "ON a.program = m.program AND a.member_key = m.member_key "
                             "WHERE m.program = $1 AND m.id = $2"));
  std::optional<std::size_t> visited;
  return connection_.Ask(
      kSql, NamesOf(program, member_ids), 2,
      [visited, visit = std::move(visit), visit_account = std::move(visit_account)](
          std::size_t run, const Row& row) mutable {
        if (std::exchange(visited, run) != run) {
          visit(ReadMember(row));
        }
        if (!row.IsNull(kColumnCount)) {
          visit_account(ReadAccount(row, kColumnCount));
        }
      });
}

absl::StatusOr<std::vector<domain::Member>> MemberRepository::List(const std::string& program,
                                                                   const std::string& after,
                                                                   int limit) {
  static const Sql kSql =
      Sql::Built(Select("WHERE m.program = $1 AND m.id > $2 ORDER BY m.id LIMIT $3"));
  std::vector<domain::Member> members;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      kSql, {program, after, limit}, [&](const Row& row) { members.push_back(ReadMember(row)); }));
  return members;
}

absl::StatusOr<std::vector<ports::MemberCount>> MemberRepository::Count(
    const std::string& program) {
  std::map<std::pair<domain::StakeholderKind, domain::Standing>, std::int64_t> counts;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT kinds, standing, COUNT(*) FROM member WHERE program = $1 GROUP BY kinds, standing",
      {program}, [&](const Row& row) {
        const auto standing = static_cast<domain::Standing>(row.Int(1));
        for (const domain::StakeholderKind kind : KindsOf(row.Int(0))) {
          counts[{kind, standing}] += row.Int(2);
        }
      }));
  std::vector<ports::MemberCount> result;
  result.reserve(counts.size());
  for (const auto& [key, members] : counts) {
    result.push_back({key.first, key.second, members});
  }
  return result;
}

absl::Status MemberRepository::Put(const std::string& program, const domain::Member& member) {
  return connection_.Execute(
      "INSERT INTO member (program, member_key, id, display_name, kinds, facets, type, standing, "
      "board_opt_out, join_time, create_time, update_time, revision) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) "
      "ON CONFLICT (program, member_key) DO UPDATE SET id = $3, display_name = $4, kinds = $5, "
      "facets = $6, type = $7, standing = $8, board_opt_out = $9, join_time = $10, "
      "update_time = $12, revision = $13",
      {program, member.key, member.id, member.display_name, KindBits(member.kinds),
       absl::StrJoin(member.facets, "\n"), static_cast<int>(member.type),
       static_cast<int>(member.standing), member.board_opt_out, member.join_time,
       member.create_time, member.update_time, member.revision});
}

}  // namespace perigee::sql
