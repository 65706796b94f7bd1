#include "server/adapters/sql/insider/item_read_repository.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/record_table.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

using domain::ItemRead;

Sql Select(std::string_view rest) {
  const RecordTable& table = RecordTable::Of(domain::TypeOf<ItemRead>());
  return Sql::Built(absl::StrCat("SELECT ", table.Columns("t"), " FROM ", table.From("t"),
                                 " WHERE t.program = $1 ", std::string(rest)));
}

// The parameters from $2 on are those of ItemReadQuery besides member and item, then the limit.
Sql ListWhere(std::string_view condition) {
  return Select(absl::StrCat("AND t.create_time >= $2 AND (t.create_time, t.revision) < ($3, $4) ",
                             std::string(condition),
                             " ORDER BY t.create_time DESC, t.revision DESC LIMIT $5"));
}

absl::StatusOr<std::vector<ItemRead>> Rows(Connection& connection, Sql sql, Values values) {
  std::vector<ItemRead> reads;
  PERIGEE_RETURN_IF_ERROR(connection.Query(
      sql, values, [&](const Row& row) { reads.push_back(ReadRecord<ItemRead>(row)); }));
  return reads;
}

}  // namespace

absl::StatusOr<std::optional<ItemRead>> ItemReadRepository::Newest(const std::string& program,
                                                                   const domain::MemberKey& member,
                                                                   const domain::ItemPart& part,
                                                                   Time since) {
  static const Sql kSql = Select(
      "AND t.member_key = $2 AND t.create_time >= $3 AND t.item = $4 AND t.version = $5 "
      "AND t.attachment = $6 ORDER BY t.create_time DESC, t.revision DESC LIMIT 1");
  PERIGEE_ASSIGN_OR_RETURN(
      std::vector<ItemRead> found,
      Rows(connection_, kSql, {program, member, since, part.item, part.version, part.attachment}));
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

absl::StatusOr<std::vector<ItemRead>> ItemReadRepository::List(const std::string& program,
                                                               const ports::ItemReadQuery& query,
                                                               int limit) {
  static const Sql kAll = ListWhere("");
  static const Sql kOfItem = ListWhere("AND t.item = $6");
  static const Sql kOfMember = ListWhere("AND t.member_key = $6");
  static const Sql kOfBoth = ListWhere("AND t.member_key = $6 AND t.item = $7");
  const Time since = query.since;
  const auto& [time, revision] = query.before;
  if (query.member.has_value()) {
    return query.item.empty()
               ? Rows(connection_, kOfMember,
                      {program, since, time, revision, limit, *query.member})
               : Rows(connection_, kOfBoth,
                      {program, since, time, revision, limit, *query.member, query.item});
  }
  return query.item.empty()
             ? Rows(connection_, kAll, {program, since, time, revision, limit})
             : Rows(connection_, kOfItem, {program, since, time, revision, limit, query.item});
}

absl::StatusOr<std::vector<ports::VersionReader>> ItemReadRepository::Readers(
    const std::string& program, const std::string& item, const ports::VersionReader& after,
    int limit) {
  std::vector<ports::VersionReader> readers;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT DISTINCT version, member_key FROM insider_item_read "
      "WHERE program = $1 AND item = $2 AND attachment = '' AND (version, member_key) > ($3, $4) "
      "ORDER BY version, member_key LIMIT $5",
      {program, item, after.version, after.member, limit}, [&](const Row& row) {
        readers.push_back({static_cast<std::int32_t>(row.Int(0)), row.Id(1)});
      }));
  return readers;
}

}  // namespace perigee::sql
