#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/adapters/sql/base/driver.h"
#include "server/domain/record/record.h"

// The SQL that follows from the description of a record. RecordTable runs it.
namespace perigee::sql {

// A walk over a member's rows. It may stop anywhere.
struct EraseWalk {
  // Reads the rows after a position. $1 is the programme, $2 the member, then come the position and
  // a limit. Each row is the next position.
  Sql next;
  std::vector<domain::FieldKind> position;
  // Clears the member from a row. $1 is the programme, then come the last `erase_by` parts of the
  // position.
  Sql erase;
  std::size_t erase_by = 0;
};

// Whether the field has no column of its own.
bool IsSealed(const domain::RecordType& type, const domain::Field& field);

// The columns of the key, the programme first. The revision is part of the key of append-only
// records.
std::vector<std::string> KeyColumnsOf(const domain::RecordType& type);
// The fields that are columns, then the revision.
std::vector<std::string> FieldColumnsOf(const domain::RecordType& type);
// The columns that stand for the sealed fields: `sealed`, then the indexes.
std::vector<std::string> SealedColumnsOf(const domain::RecordType& type);
// The tables of the owners' keys, beside the table that is called `row`, and the columns that say
// whose they are.
std::vector<std::pair<std::string, std::string>> KeyTablesOf(const domain::RecordType& type,
                                                             std::string_view row);

// $1 is the first column of the key. The columns are those of the table called `row`, if that is
// not empty.
std::string WhereKey(const std::vector<std::string>& key, std::string_view row);
// The key's columns of the table that is called `t`.
std::string KeyList(const std::vector<std::string>& key);

// The places of the rows that $2 owns in the programme $1, in order, after a position. If the
// records have an index of owners, the rows are found there, by their revision.
struct OwnedPlaces {
  explicit OwnedPlaces(const domain::RecordType& type);

  std::vector<std::string> columns;
  std::vector<domain::FieldKind> kinds;
  std::string table;  // Called `t` in what follows.
  std::string where;
  std::string rest;  // The position from $3 on, the order, and the limit behind the position.
};

// $1 is the programme. Then come the columns of the fields and the sealed ones.
Sql PutOf(const domain::RecordType& type, const std::vector<std::string>& key);
// The parameters are those of WhereKey, then the kind and the key of the due row.
std::optional<Sql> RemoveDueOf(const domain::RecordType& type, const std::vector<std::string>& key);
std::optional<Sql> AddOwnerOf(const domain::RecordType& type);
std::optional<EraseWalk> EraseOf(const domain::RecordType& type);

}  // namespace perigee::sql
