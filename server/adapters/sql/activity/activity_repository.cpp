#include "server/adapters/sql/activity/activity_repository.h"

#include <deque>
#include <limits>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/base/record_table.h"
#include "server/adapters/sql/member/person.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/ports/activity/activity_reader.h"

namespace perigee::sql {
namespace {

const RecordTable& Table() { return RecordTable::Of(domain::TypeOf<domain::Activity>()); }

std::string Select(std::string_view from, std::string_view rest) {
  return absl::StrCat("SELECT ", Table().Columns("a"), " FROM ", std::string(from),
                      Table().Joins("a"), " ", std::string(rest));
}

const domain::Field& EventId() { return Table().field("source_event_id"); }

Sql BySource() {
  static const Sql kSql = Sql::Built(Select(
      "activity a", "WHERE a.program = $1 AND a.source = $2 AND " + Table().Is("a", EventId(), 3)));
  return kSql;
}

}  // namespace

absl::StatusOr<std::optional<domain::Activity>> ActivityRepository::Find(
    const std::string& program, domain::Revision revision) {
  static const Sql kSql =
      Sql::Built(Select("activity a", "WHERE a.program = $1 AND a.revision = $2"));
  std::optional<domain::Activity> found;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(kSql, {program, revision}, [&](const Row& row) {
    found = ReadRecord<domain::Activity>(row);
  }));
  return found;
}

absl::StatusOr<std::optional<domain::Activity>> ActivityRepository::FindBySource(
    const std::string& program, const std::string& source, const std::string& source_event_id) {
  const std::string sought = Table().Sought(EventId(), source_event_id);
  std::optional<domain::Activity> found;
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query(BySource(), {program, source, Value::Blob(sought)},
                        [&](const Row& row) { found = ReadRecord<domain::Activity>(row); }));
  return found;
}

absl::Status ActivityRepository::AskBySource(const std::string& program,
                                             std::span<const ports::SourceEvent> events,
                                             std::function<void(domain::Activity activity)> visit) {
  std::deque<std::string> sought;
  std::vector<Value> values;
  values.reserve(3 * events.size());
  for (const ports::SourceEvent& event : events) {
    const std::string& id = sought.emplace_back(Table().Sought(EventId(), event.id));
    values.insert(values.end(), {program, event.source, Value::Blob(id)});
  }
  return connection_.Ask(BySource(), values, 3,
                         [visit = std::move(visit)](std::size_t, const Row& row) {
                           visit(ReadRecord<domain::Activity>(row));
                         });
}

absl::StatusOr<std::vector<domain::Activity>> ActivityRepository::List(
    const std::string& program, const domain::MemberKey& member, domain::Revision before,
    int limit) {
  std::vector<domain::Activity> activities;
  const auto visit = [&](const Row& row) {
    activities.push_back(ReadRecord<domain::Activity>(row));
  };
  if (before == 0) {
    before = std::numeric_limits<domain::Revision>::max();
  }
  if (member.IsNil()) {
    static const Sql kSql = Sql::Built(
        Select("activity a",
               "WHERE a.program = $1 AND a.revision < $2 ORDER BY a.revision DESC LIMIT $3"));
    PERIGEE_RETURN_IF_ERROR(connection_.Query(kSql, {program, before, limit}, visit));
  } else {
    static const Sql kSql =
        Sql::Built(Select("activity_member m JOIN activity a "
                          "ON a.program = m.program AND a.revision = m.revision",
                          "WHERE m.program = $1 AND m.member_key = $2 AND m.revision < $3 "
                          "ORDER BY m.revision DESC LIMIT $4"));
    PERIGEE_RETURN_IF_ERROR(connection_.Query(kSql, {program, member, before, limit}, visit));
  }
  return activities;
}

absl::StatusOr<std::int64_t> ActivityRepository::CountOf(const std::string& program,
                                                         const domain::MemberKey& actor,
                                                         const std::string& type, Time since) {
  static const Sql kSql = Sql::Built(
      "SELECT COUNT(*) FROM " + MembersOfPerson("$2") +
      " person CROSS JOIN activity_member m CROSS JOIN activity a WHERE m.program = $1 "
      "AND m.member_key = person.member_key AND a.program = m.program AND a.revision = m.revision "
      "AND a.actor = m.member_key AND a.occur_time >= $3 AND ($4 = '' OR a.type = $4)");
  std::int64_t count = 0;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(kSql, {program, actor, since, type},
                                            [&](const Row& row) { count = row.Int(0); }));
  return count;
}

absl::StatusOr<ports::PersonSummary> ActivityRepository::Summarize(const std::string& program,
                                                                   const domain::MemberKey& head,
                                                                   Interval interval) {
  constexpr std::string_view kOfPerson =
      " person CROSS JOIN activity_member m CROSS JOIN activity a WHERE m.program = $1 "
      "AND m.member_key = person.member_key AND a.program = m.program AND a.revision = m.revision "
      "AND a.actor = m.member_key AND a.occur_time >= $3 AND a.occur_time < $4 ";
  static const Sql kTypes =
      Sql::Built(absl::StrCat("SELECT a.type, COUNT(*) FROM ", MembersOfPerson("$2"),
                              std::string(kOfPerson), "GROUP BY a.type"));
  static const Sql kQuarters =
      Sql::Built(absl::StrCat("SELECT DISTINCT a.occur_time / $5 FROM ", MembersOfPerson("$2"),
                              std::string(kOfPerson), "ORDER BY 1"));
  static const Sql kThanks = Sql::Built(absl::StrCat(
      "SELECT e.from_member, COUNT(*) FROM ", MembersOfPerson("$2"),
      " person CROSS JOIN activity_member m CROSS JOIN edge e WHERE m.program = $1 "
      "AND m.member_key = person.member_key AND e.program = m.program AND e.revision = m.revision "
      "AND e.to_member = m.member_key AND e.kind = $5 AND e.time >= $3 AND e.time < $4 "
      "AND e.from_member NOT IN (SELECT same.member_key FROM ",
      MembersOfPerson("$2"), " same) GROUP BY e.from_member"));
  const std::int64_t quarter = std::chrono::microseconds(ports::kQuarter).count();
  ports::PersonSummary summary;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      kTypes, {program, head, interval.start, interval.end},
      [&](const Row& row) { summary.activities.emplace(row.Text(0), row.Int(1)); }));
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query(kQuarters, {program, head, interval.start, interval.end, quarter},
                        [&](const Row& row) { summary.quarters.push_back(row.Int(0)); }));
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      kThanks,
      {program, head, interval.start, interval.end, static_cast<int>(domain::EdgeKind::kThanks)},
      [&](const Row& row) {
        summary.thankful.push_back(row.Id(0));
        summary.thanks += row.Int(1);
      }));
  return summary;
}

absl::Status ActivityRepository::VisitDeeds(
    const std::string& program, const domain::MemberKey& first, const domain::MemberKey& last,
    absl::FunctionRef<void(const ports::Deed& deed)> visit) {
  return connection_.Query(
      "SELECT m.member_key, m.revision, a.type, a.actor, a.recipient, a.occur_time, "
      "a.receive_time "
      "FROM activity_member m CROSS JOIN activity a WHERE m.program = $1 AND m.member_key >= $2 "
      "AND m.member_key <= $3 AND a.program = m.program AND a.revision = m.revision "
      "ORDER BY m.member_key, m.revision",
      {program, first, last}, [&](const Row& row) {
        visit({row.Id(0), row.Int(1), row.Bytes(2), row.Id(3), row.Id(4), row.At(5), row.At(6)});
      });
}

absl::StatusOr<ports::ActivityCounts> ActivityRepository::Count(const std::string& program,
                                                                Time since) {
  ports::ActivityCounts counts;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT activities, thanks FROM program WHERE program = $1", {program}, [&](const Row& row) {
        counts.activities = row.Int(0);
        counts.thanks = row.Int(1);
      }));
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT COUNT(DISTINCT CASE WHEN m.merged_into = {nil} THEN m.member_key "
      "ELSE m.merged_into END), CAST(COALESCE(SUM(CASE WHEN m.type = $3 THEN 0 ELSE n END), 0) AS "
      "BIGINT), "
      "CAST(COALESCE(SUM(CASE WHEN m.type = $3 THEN n ELSE 0 END), 0) AS BIGINT) FROM "
      "(SELECT actor, COUNT(*) AS n FROM activity "
      "WHERE program = $1 AND occur_time >= $2 AND actor <> $4 GROUP BY actor) AS done "
      "JOIN member m ON m.program = $1 AND m.member_key = done.actor",
      {program, since, static_cast<int>(domain::MemberType::kPerson), Uuid()}, [&](const Row& row) {
        counts.active_members = row.Int(0);
        counts.pushed = row.Int(1);
        counts.pulled = row.Int(2);
      }));
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT COUNT(DISTINCT COALESCE(m.merged_into, s.member_key)) FROM asset a "
      "JOIN score s ON s.program = a.program AND s.asset = a.id "
      "JOIN transfer t ON t.program = s.program AND t.revision = s.revision AND t.idx = s.idx "
      "LEFT JOIN member m ON m.program = s.program AND m.member_key = s.member_key "
      "AND m.merged_into <> {nil} "
      "WHERE a.program = $1 AND s.effective_time >= $2 AND s.score > 0 AND t.rule <> ''",
      {program, since}, [&](const Row& row) { counts.contributing_members = row.Int(0); }));
  return counts;
}

}  // namespace perigee::sql
