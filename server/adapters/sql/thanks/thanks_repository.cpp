#include "server/adapters/sql/thanks/thanks_repository.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/record_table.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

using domain::Promise;
using domain::PromiseState;
using domain::Thanks;
using ports::ThanksSide;

template <class R>
std::string Select(std::string_view rest) {
  const RecordTable& table = RecordTable::Of(domain::TypeOf<R>());
  return absl::StrCat("SELECT ", table.Columns("t"), " FROM ", table.From("t"), std::string(rest));
}

template <class R>
absl::StatusOr<std::vector<R>> ListBy(Connection& connection, Sql sql, Values values) {
  std::vector<R> records;
  PERIGEE_RETURN_IF_ERROR(connection.Query(
      sql, values, [&](const Row& row) { records.push_back(ReadRecord<R>(row)); }));
  return records;
}

absl::StatusOr<std::int64_t> Count(Connection& connection, Sql sql, Values values) {
  std::int64_t count = 0;
  PERIGEE_RETURN_IF_ERROR(
      connection.Query(sql, values, [&](const Row& row) { count = row.Int(0); }));
  return count;
}

constexpr std::string_view kNewestFirst =
    " AND (t.create_time, t.id) < ($3, $4) ORDER BY t.create_time DESC, t.id DESC LIMIT $5";

// Promises to members who are there, in the stored state of $2.
std::string PromisesIn(std::string_view rest) {
  return Select<Promise>(absl::StrCat(
      " JOIN member m ON m.program = t.program AND m.member_key = t.member_key "
      "WHERE t.program = $1 AND t.state = $2 ",
      std::string(rest), "AND (t.due_time, t.id) > ($3, $4) ORDER BY t.due_time, t.id LIMIT $5"));
}

}  // namespace

absl::StatusOr<std::int64_t> ThanksRepository::CountGiven(const std::string& program,
                                                          const domain::MemberKey& giver,
                                                          Time since) {
  return Count(
      connection_,
      "SELECT COUNT(*) FROM thanks WHERE program = $1 AND giver = $2 AND create_time >= $3 "
      "AND withdraw_time IS NULL",
      {program, giver, since});
}

absl::StatusOr<std::int64_t> ThanksRepository::CountBetween(const std::string& program,
                                                            const domain::MemberKey& giver,
                                                            const domain::MemberKey& receiver,
                                                            Time since) {
  return Count(connection_,
               "SELECT COUNT(*) FROM thanks WHERE program = $1 AND giver = $2 AND receiver = $3 "
               "AND create_time >= $4 AND withdraw_time IS NULL",
               {program, giver, receiver, since});
}

absl::StatusOr<std::vector<Thanks>> ThanksRepository::ListOf(const std::string& program,
                                                             ThanksSide side,
                                                             const domain::MemberKey& member,
                                                             const ports::TimedPlace& before,
                                                             int limit) {
  static const Sql kGiven = Sql::Built(Select<Thanks>(
      absl::StrCat(" WHERE t.program = $1 AND t.giver = $2", std::string(kNewestFirst))));
  static const Sql kReceived = Sql::Built(Select<Thanks>(
      absl::StrCat(" WHERE t.program = $1 AND t.receiver = $2 AND t.withdraw_time IS NULL",
                   std::string(kNewestFirst))));
  return ListBy<Thanks>(connection_, side == ThanksSide::kGiver ? kGiven : kReceived,
                        {program, member, before.time, before.id, limit});
}

absl::StatusOr<std::vector<Thanks>> ThanksRepository::List(const std::string& program,
                                                           domain::Revision before, int limit) {
  static const Sql kSql =
      Sql::Built(Select<Thanks>(" WHERE t.program = $1 AND t.id < $2 ORDER BY t.id DESC LIMIT $3"));
  return ListBy<Thanks>(connection_, kSql, {program, before, limit});
}

absl::Status ThanksRepository::VisitTies(
    const std::string& program, ThanksSide side, const domain::MemberKey& member,
    absl::FunctionRef<void(const ports::ThanksTie& tie)> visit) {
  const auto visit_row = [&](const Row& row) { visit({row.Id(0), row.At(1), row.Small(2)}); };
  // Without a bound of the time SQLite would rather read all thanks of the programme by their key.
  if (side == ThanksSide::kGiver) {
    return connection_.Query(
        "SELECT receiver, create_time, earlier FROM thanks WHERE program = $1 AND giver = $2 "
        "AND create_time >= $3 AND withdraw_time IS NULL",
        {program, member, kBeginningOfTime}, visit_row);
  }
  return connection_.Query(
      "SELECT giver, create_time, earlier FROM thanks WHERE program = $1 AND receiver = $2 "
      "AND create_time >= $3 AND withdraw_time IS NULL",
      {program, member, kBeginningOfTime}, visit_row);
}

absl::StatusOr<std::vector<ports::ThanksEdge>> ThanksRepository::Edges(
    const std::string& program, const ports::ThanksEdge& after, int limit) {
  std::vector<ports::ThanksEdge> edges;
  // The index of pairs has each pair's rows side by side, so a page reads on from where the one
  // before ended. Of the reverse it gives the least time in one look, which EXISTS would not do in
  // SQLite.
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT giver, receiver, (SELECT MIN(back.create_time) FROM thanks back "
      "WHERE back.program = $1 AND back.giver = edge.receiver AND back.receiver = edge.giver "
      "AND back.withdraw_time IS NULL) FROM "
      "(SELECT DISTINCT giver, receiver FROM thanks WHERE program = $1 "
      "AND withdraw_time IS NULL AND receiver <> {nil} AND (giver, receiver) > ($2, $3) "
      "AND giver <> {nil} ORDER BY giver, receiver LIMIT $4) edge ORDER BY giver, receiver",
      {program, after.giver, after.receiver, limit}, [&](const Row& row) {
        edges.push_back({row.Id(0), row.Id(1), !row.IsNull(2)});
      }));
  return edges;
}

absl::StatusOr<std::vector<Promise>> ThanksRepository::Promises(const std::string& program,
                                                                std::optional<PromiseState> state,
                                                                Time now,
                                                                const ports::TimedPlace& after,
                                                                int limit) {
  static const Sql kAll = Sql::Built(PromisesIn(""));
  static const Sql kOpen = Sql::Built(PromisesIn("AND t.due_time > $6 "));
  static const Sql kOverdue = Sql::Built(PromisesIn("AND t.due_time <= $6 "));
  const int open = static_cast<int>(PromiseState::kOpen);
  if (state == PromiseState::kOpen || state == PromiseState::kOverdue) {
    return ListBy<Promise>(connection_, state == PromiseState::kOpen ? kOpen : kOverdue,
                           {program, open, after.time, after.id, limit, now});
  }
  return ListBy<Promise>(
      connection_, kAll,
      {program, state.has_value() ? static_cast<int>(*state) : open, after.time, after.id, limit});
}

absl::StatusOr<ports::PromiseCounts> ThanksRepository::CountPromises(const std::string& program,
                                                                     Time now) {
  ports::PromiseCounts counts;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT kind, overdue, COUNT(*), MIN(due_time) FROM (SELECT t.kind, t.due_time, "
      "CAST(CASE WHEN t.due_time <= $3 THEN 1 ELSE 0 END AS BIGINT) AS overdue FROM promise t "
      "JOIN member m ON m.program = t.program AND m.member_key = t.member_key "
      "WHERE t.program = $1 AND t.state = $2 AND t.due_time >= $4) AS owed GROUP BY kind, overdue",
      {program, static_cast<int>(PromiseState::kOpen), now, kBeginningOfTime}, [&](const Row& row) {
        const bool overdue = row.Flag(1);
        counts.counts.push_back(
            {static_cast<domain::PromiseKind>(row.Int(0)), overdue, row.Int(2)});
        if (!overdue) {
          counts.next_due = std::min(counts.next_due.value_or(kEndOfTime), row.At(3));
        }
      }));
  return counts;
}

}  // namespace perigee::sql
