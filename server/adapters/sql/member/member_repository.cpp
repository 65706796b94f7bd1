#include "server/adapters/sql/member/member_repository.h"

#include <cstdint>
#include <deque>
#include <map>
#include <string_view>
#include <utility>

#include "server/adapters/sql/base/record_table.h"
#include "server/adapters/sql/ledger/account_repository.h"
#include "server/core/status_macros.h"
#include "server/ports/member/member_reader.h"

namespace perigee::sql {
namespace {

const RecordTable& Table() { return RecordTable::Of(domain::TypeOf<domain::Member>()); }

std::string Select(std::string_view rest) {
  return "SELECT " + Table().Columns("m") + " FROM " + Table().From("m") + " " + std::string(rest);
}

// The condition that a member has the id that is the parameter $2.
std::string ById() { return "WHERE m.program = $1 AND " + Table().Is("m", Table().field("id"), 2); }

// The parameters of statements by id.
class SoughtIds {
 public:
  SoughtIds(const std::string& program, std::span<const std::string> member_ids) {
    values_.reserve(2 * member_ids.size());
    for (const std::string& id : member_ids) {
      const std::string& sought = sought_.emplace_back(Table().Sought(Table().field("id"), id));
      values_.insert(values_.end(), {program, Value::Blob(sought)});
    }
  }
  Values values() const { return values_; }

 private:
  std::deque<std::string> sought_;
  std::vector<Value> values_;
};

// The kinds in the column of that name.
std::vector<domain::StakeholderKind> KindsIn(std::int64_t bits) {
  constexpr int kKindLast = static_cast<int>(domain::StakeholderKind::kInvestor);
  std::vector<domain::StakeholderKind> kinds;
  for (int kind = 1; kind <= kKindLast; ++kind) {
    if ((bits >> kind & 1) != 0) {
      kinds.push_back(static_cast<domain::StakeholderKind>(kind));
    }
  }
  return kinds;
}

}  // namespace

absl::StatusOr<std::optional<domain::Member>> MemberRepository::Find(const std::string& program,
                                                                     const std::string& member_id) {
  static const Sql kSql = Sql::Built(Select(ById()));
  std::optional<domain::Member> found;
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query(kSql, SoughtIds(program, {&member_id, 1}).values(),
                        [&](const Row& row) { found = ReadRecord<domain::Member>(row); }));
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
  PERIGEE_RETURN_IF_ERROR(connection_.QueryMany(kSql, values, 2, [&](std::size_t, const Row& row) {
    members.push_back(ReadRecord<domain::Member>(row));
  }));
  return members;
}

absl::StatusOr<std::vector<domain::Member>> MemberRepository::FindByIds(
    const std::string& program, std::span<const std::string> member_ids) {
  static const Sql kSql = Sql::Built(Select(ById()));
  std::vector<domain::Member> members;
  members.reserve(member_ids.size());
  PERIGEE_RETURN_IF_ERROR(connection_.QueryMany(
      kSql, SoughtIds(program, member_ids).values(), 2,
      [&](std::size_t, const Row& row) { members.push_back(ReadRecord<domain::Member>(row)); }));
  return members;
}

absl::Status MemberRepository::AskWithAccounts(
    const std::string& program, std::span<const std::string> member_ids,
    std::function<void(domain::Member member, std::string_view text_key)> visit,
    std::function<void(domain::Account account)> visit_account) {
  static const Sql kSql = Sql::Built(
      "SELECT " + Table().Columns("m") + ", " + std::string(kAccountColumns) + " FROM " +
      Table().From("m") +
      " LEFT JOIN account a ON a.program = m.program AND a.member_key = m.member_key " + ById());
  // The last of the member's columns is the key that opens them.
  const int key_at = Table().column_count() - 1;
  std::optional<std::size_t> visited;
  return connection_.Ask(
      kSql, SoughtIds(program, member_ids).values(), 2,
      [key_at, visited, visit = std::move(visit), visit_account = std::move(visit_account)](
          std::size_t run, const Row& row) mutable {
        if (std::exchange(visited, run) != run) {
          visit(ReadRecord<domain::Member>(row), row.Bytes(key_at));
        }
        if (!row.IsNull(key_at + 1)) {
          visit_account(ReadAccount(row, key_at + 1));
        }
      });
}

absl::StatusOr<std::vector<domain::Member>> MemberRepository::List(const std::string& program,
                                                                   const domain::MemberKey& after,
                                                                   int limit) {
  static const Sql kSql =
      Sql::Built(Select("WHERE m.program = $1 AND m.member_key > $2 AND m.merged_into = {nil} "
                        "ORDER BY m.member_key LIMIT $3"));
  std::vector<domain::Member> members;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(kSql, {program, after, limit}, [&](const Row& row) {
    members.push_back(ReadRecord<domain::Member>(row));
  }));
  return members;
}

absl::StatusOr<std::vector<ports::MemberFacts>> MemberRepository::ListFacts(
    const std::string& program, const domain::MemberKey& after, int limit) {
  std::vector<ports::MemberFacts> members;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT member_key, kinds, type, standing, board_opt_out, join_time, pause_time, "
      "pause_end_time FROM member WHERE program = $1 AND member_key > $2 AND merged_into = {nil} "
      "ORDER BY member_key LIMIT $3",
      {program, after, limit}, [&](const Row& row) {
        const auto time = [&](int column) {
          return row.IsNull(column) ? std::nullopt : std::optional(row.At(column));
        };
        members.push_back(
            {row.Id(0), KindsIn(row.Int(1)), static_cast<domain::MemberType>(row.Int(2)),
             static_cast<domain::Standing>(row.Int(3)), row.Flag(4), row.At(5), time(6), time(7)});
      }));
  return members;
}

absl::StatusOr<domain::MergedMembers> MemberRepository::Merged(const std::string& program) {
  domain::MergedMembers merged;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT member_key, merged_into FROM member WHERE program = $1 AND merged_into <> {nil}",
      {program}, [&](const Row& row) { merged.Set(row.Id(0), row.Id(1)); }));
  return merged;
}

absl::StatusOr<std::vector<ports::MemberCount>> MemberRepository::Count(
    const std::string& program) {
  std::map<std::pair<domain::StakeholderKind, domain::Standing>, std::int64_t> counts;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT kinds, standing, COUNT(*) FROM member WHERE program = $1 AND merged_into = {nil} "
      "GROUP BY kinds, standing",
      {program}, [&](const Row& row) {
        const auto standing = static_cast<domain::Standing>(row.Int(1));
        for (const domain::StakeholderKind kind : KindsIn(row.Int(0))) {
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

}  // namespace perigee::sql
