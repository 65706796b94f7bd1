#include "server/adapters/sql/base/record_statements.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace perigee::sql {

// The columns of the key. The revision is part of the key of append-only records.
std::vector<std::string> KeyColumnsOf(const domain::RecordType& type) {
  std::vector<std::string> key = {"program"};
  if (type.append_only()) {
    key.emplace_back("revision");
  }
  for (const domain::Field& field : type.fields()) {
    if (field.key) {
      key.emplace_back(field.name);
    }
  }
  return key;
}

bool IsSealed(const domain::RecordType& type, const domain::Field& field) {
  return type.IsSealed() && field.personal;
}

// The fields that are columns, then the revision.
std::vector<std::string> FieldColumnsOf(const domain::RecordType& type) {
  std::vector<std::string> columns;
  for (const domain::Field& field : type.fields()) {
    if (!IsSealed(type, field)) {
      columns.emplace_back(field.name);
    }
  }
  columns.emplace_back("revision");
  return columns;
}

// The columns that stand for the sealed fields.
std::vector<std::string> SealedColumnsOf(const domain::RecordType& type) {
  std::vector<std::string> columns;
  if (type.IsSealed()) {
    columns.emplace_back("sealed");
  }
  for (const domain::Field& field : type.fields()) {
    if (field.findable) {
      columns.push_back(std::string(field.name) + "_index");
    }
  }
  return columns;
}

// The tables of the owners' keys, beside that of `row`, and the columns that say whose they are.
std::vector<std::pair<std::string, std::string>> KeyTablesOf(const domain::RecordType& type,
                                                             std::string_view row) {
  std::vector<std::pair<std::string, std::string>> tables;
  for (const domain::Field& field : type.fields()) {
    if (type.IsSealed() && field.owner) {
      const std::string name = absl::StrCat(std::string(row), "_key", tables.size());
      tables.emplace_back(name, absl::StrCat(std::string(row), ".", std::string(field.name)));
    }
  }
  return tables;
}

// $1 is the first column of the key.
std::string WhereKey(const std::vector<std::string>& key, std::string_view row) {
  std::string where;
  for (std::size_t i = 0; i < key.size(); ++i) {
    absl::StrAppend(&where, i == 0 ? " WHERE " : " AND ", std::string(row), row.empty() ? "" : ".",
                    key[i], " = $", i + 1);
  }
  return where;
}

// The key's columns of the table that is called `t`.
std::string KeyList(const std::vector<std::string>& key) {
  return absl::StrCat("t.", absl::StrJoin(key, ", t."));
}

// The parameters are those of WhereKey, then the kind and the key of the due row.
std::optional<Sql> RemoveDueOf(const domain::RecordType& type,
                               const std::vector<std::string>& key) {
  const std::optional<std::size_t> due = type.due_field();
  if (!due.has_value()) {
    return std::nullopt;
  }
  return Sql::Built(absl::StrCat("DELETE FROM due WHERE program = $1 AND kind = $", key.size() + 1,
                                 " AND key = $", key.size() + 2, " AND time = (SELECT ",
                                 std::string(type.fields()[*due].name), " FROM ",
                                 std::string(type.table()), WhereKey(key, ""), ")"));
}

// $1 is the programme, $2 the first of the columns.
Sql PutOf(const domain::RecordType& type, const std::vector<std::string>& key) {
  std::vector<std::string> columns = FieldColumnsOf(type);
  std::ranges::move(SealedColumnsOf(type), std::back_inserter(columns));
  std::string places = "$1";
  std::vector<std::string> sets;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    absl::StrAppend(&places, ", $", i + 2);
    if (std::ranges::find(key, columns[i]) == key.end()) {
      sets.push_back(absl::StrCat(columns[i], " = $", i + 2));
    }
  }
  std::string sql = absl::StrCat("INSERT INTO ", std::string(type.table()), " (program, ",
                                 absl::StrJoin(columns, ", "), ") VALUES (", places, ")");
  if (!type.append_only()) {
    absl::StrAppend(&sql, " ON CONFLICT (", absl::StrJoin(key, ", "), ") DO UPDATE SET ",
                    absl::StrJoin(sets, ", "));
  }
  return Sql::Built(sql);
}

OwnedPlaces::OwnedPlaces(const domain::RecordType& type)
    : columns{"revision"},
      kinds{domain::FieldKind::kInt},
      table(type.owner_index()),
      where(" WHERE t.program = $1 AND t.member_key = $2") {
  if (table.empty()) {
    table = type.table();
    columns = KeyColumnsOf(type);
    columns.erase(columns.begin());
    kinds.clear();
    for (const std::string& column : columns) {
      const auto field = std::ranges::find(type.fields(), column, &domain::Field::name);
      kinds.push_back(field == type.fields().end() ? domain::FieldKind::kInt : field->kind);
    }
    std::vector<std::string> owners;
    for (const domain::Field& field : type.fields()) {
      if (field.owner) {
        owners.push_back(absl::StrCat("t.", std::string(field.name), " = $2"));
      }
    }
    where = absl::StrCat(" WHERE t.program = $1 AND (", absl::StrJoin(owners, " OR "), ")");
  }
  std::vector<std::string> places;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    places.push_back(absl::StrCat("$", i + 3));
  }
  const std::string names = KeyList(columns);
  rest = absl::StrCat(" AND (", names, ") > (", absl::StrJoin(places, ", "), ") ORDER BY ", names,
                      " LIMIT $", columns.size() + 3);
}

namespace {

EraseWalk WalkOwned(const domain::RecordType& type, const std::string& erase) {
  const OwnedPlaces places(type);
  const Sql next = Sql::Built(absl::StrCat("SELECT ", KeyList(places.columns), " FROM ",
                                           places.table, " t", places.where, places.rest));
  std::vector<std::string> columns = places.columns;
  columns.insert(columns.begin(), "program");
  return {next, places.kinds, Sql::Built(erase + WhereKey(columns, "")), places.kinds.size()};
}

}  // namespace

std::optional<EraseWalk> EraseOf(const domain::RecordType& type) {
  if (!type.HasOwner()) {
    return std::nullopt;
  }
  if (type.IsKnownByOwner()) {
    return WalkOwned(type, "DELETE FROM " + std::string(type.table()));
  }
  if (!type.IsSealed()) {
    return std::nullopt;
  }
  return WalkOwned(type,
                   absl::StrCat("UPDATE ", std::string(type.table()), " SET ",
                                absl::StrJoin(SealedColumnsOf(type), " = NULL, "), " = NULL"));
}

std::optional<Sql> AddOwnerOf(const domain::RecordType& type) {
  if (type.owner_index().empty()) {
    return std::nullopt;
  }
  return Sql::Built(absl::StrCat("INSERT INTO ", std::string(type.owner_index()),
                                 " (program, member_key, revision) VALUES ($1, $2, $3) "
                                 "ON CONFLICT (program, member_key, revision) DO NOTHING"));
}

}  // namespace perigee::sql
