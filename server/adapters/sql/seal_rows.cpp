#include "server/adapters/sql/seal_rows.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/keys_apart.h"
#include "server/adapters/sql/base/row_position.h"
#include "server/adapters/sql/base/text_keys.h"
#include "server/adapters/sql/journal/request_secret.h"
#include "server/core/seal.h"
#include "server/core/status_macros.h"
#include "server/domain/record/record.h"
#include "server/domain/record/wire.h"

namespace perigee::sql {
namespace {

using domain::Field;
using domain::FieldKind;

constexpr int kRowsAtOnce = 500;

struct PlainTable {
  std::string name;
  bool append_only = false;
  std::vector<Field> fields;
};

Field Number(int number, const char* name) { return {number, name, FieldKind::kInt}; }
Field Text(int number, const char* name) { return {number, name, FieldKind::kText}; }
Field Personal(int number, const char* name) {
  Field field = Text(number, name);
  field.personal = true;
  return field;
}
Field Findable(int number, const char* name) {
  Field field = Personal(number, name);
  field.findable = true;
  return field;
}
Field Owner(int number, const char* name) {
  Field field{number, name, FieldKind::kBlob};
  field.owner = true;
  return field;
}
Field Key(Field field) {
  field.key = true;
  return field;
}
Field Nullable(Field field) {
  field.nullable = true;
  return field;
}

const std::vector<PlainTable>& PlainTables() {
  static const std::vector<PlainTable> kTables = {
      {"member",
       false,
       {Key(Owner(1, "member_key")), Findable(2, "id"), Personal(3, "display_name"),
        Number(4, "kinds"), Personal(5, "facets"), Number(6, "type"), Number(7, "standing"),
        Number(8, "board_opt_out"), Number(9, "join_time"), Number(10, "create_time"),
        Number(11, "update_time")}},
      {"activity",
       true,
       {Text(1, "type"), Owner(2, "actor"), Owner(3, "recipient"), Personal(4, "object"),
        Number(5, "quantity"), Text(6, "source"), Findable(7, "source_event_id"),
        Number(8, "occur_time"), Number(9, "time_source"), Number(10, "imported"),
        Number(11, "time_adjusted"), Number(12, "receive_time")}},
      {"role_grant",
       false,
       {Key(Text(1, "id")), Number(2, "role"), Owner(3, "principal"), Personal(4, "issuer"),
        Personal(5, "subject"), Findable(6, "subject_digest"), Number(7, "create_time"),
        Nullable(Number(8, "expire_time"))}},
      {"identity",
       false,
       {Key(Owner(1, "member_key")), Key(Text(2, "id")), Personal(3, "issuer"),
        Personal(4, "subject"), Findable(5, "subject_digest"), Number(6, "create_time")}},
  };
  return kTables;
}

// A value that was read from a row.
struct Cell {
  FieldKind kind = FieldKind::kInt;
  bool is_null = false;
  std::int64_t number = 0;
  std::string bytes = {};

  static Cell Of(const Row& row, int column, FieldKind kind) {
    Cell cell{kind, row.IsNull(column)};
    if (!cell.is_null && kind == FieldKind::kInt) {
      cell.number = row.Int(column);
    } else if (!cell.is_null) {
      cell.bytes = row.Text(column);
    }
    return cell;
  }
  Value value() const {
    return is_null                    ? Value(nullptr)
           : kind == FieldKind::kInt  ? Value(number)
           : kind == FieldKind::kText ? Value(bytes)
                                      : Value::Blob(bytes);
  }
  void Write(domain::FieldSink& sink) const {
    if (is_null) {
      sink.Null();
    } else if (kind == FieldKind::kInt) {
      sink.Int(number);
    } else {
      sink.Bytes(bytes);
    }
  }
};

Value BlobOrNull(const std::optional<std::string>& bytes) {
  return bytes.has_value() ? Value::Blob(*bytes) : Value(nullptr);
}

// The rows of one programme.
class ProgramRows {
 public:
  static absl::Status Seal(Connection& connection, const std::string& program) {
    ProgramRows rows(connection, program);
    PERIGEE_ASSIGN_OR_RETURN(rows.stored_, ReadKeysInBook(connection, program));
    for (const PlainTable& table : PlainTables()) {
      PERIGEE_RETURN_IF_ERROR(rows.SealRecords(table));
    }
    PERIGEE_RETURN_IF_ERROR(rows.SealMemos());
    return rows.SealRequests();
  }

 private:
  using Cells = std::vector<Cell>;

  ProgramRows(Connection& connection, std::string program)
      : connection_(connection), program_(std::move(program)) {}

  // Reads all rows of a table in order of its key, and gives each to `take`. `columns` begin with
  // the key, after the programme.
  absl::Status ForEach(const std::string& from, const std::vector<std::string>& columns,
                       const std::vector<FieldKind>& kinds, std::size_t key_columns,
                       absl::FunctionRef<absl::Status(const Cells& row)> take) {
    const std::vector<FieldKind> key_kinds(
        kinds.begin(), kinds.begin() + static_cast<std::ptrdiff_t>(key_columns));
    std::vector<std::string> places;
    for (std::size_t i = 0; i < key_columns; ++i) {
      places.push_back(absl::StrCat("$", i + 2));
    }
    const std::string key = absl::StrJoin(
        columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(key_columns), ", ");
    const Sql next = Sql::Built(absl::StrCat("SELECT ", absl::StrJoin(columns, ", "), " FROM ",
                                             from, " WHERE t.program = $1", " AND (", key, ") > (",
                                             absl::StrJoin(places, ", "), ") ORDER BY ", key,
                                             " LIMIT $", key_columns + 2));
    RowPosition position = Beginning(key_kinds);
    std::vector<Cells> page;
    do {
      page.clear();
      std::vector<Value> values = {program_};
      AddValues(position, key_kinds, 0, values);
      values.emplace_back(kRowsAtOnce);
      RowPosition last;
      PERIGEE_RETURN_IF_ERROR(connection_.Query(next, values, [&](const Row& row) {
        Cells& cells = page.emplace_back();
        for (const FieldKind kind : kinds) {
          cells.push_back(Cell::Of(row, static_cast<int>(cells.size()), kind));
        }
        last = PositionOf(row, key_kinds);
      }));
      for (const Cells& row : page) {
        PERIGEE_RETURN_IF_ERROR(take(row));
      }
      position = std::move(last);
    } while (page.size() == static_cast<std::size_t>(kRowsAtOnce));
    return absl::OkStatus();
  }

  absl::Status SealRecords(const PlainTable& table) {
    std::vector<std::string> columns;
    std::vector<FieldKind> kinds;
    if (table.append_only) {
      columns.emplace_back("t.revision");
      kinds.push_back(FieldKind::kInt);
    }
    for (const Field& field : table.fields) {
      if (field.key) {
        columns.push_back(absl::StrCat("t.", std::string(field.name)));
        kinds.push_back(field.kind);
      }
    }
    const std::size_t key_columns = columns.size();
    std::vector<std::string> into = {"program"};
    for (const Field& field : table.fields) {
      columns.push_back(absl::StrCat("t.", std::string(field.name)));
      kinds.push_back(field.kind);
      if (!field.personal) {
        into.emplace_back(field.name);
      }
    }
    columns.emplace_back("t.revision");
    kinds.push_back(FieldKind::kInt);
    into.insert(into.end(), {"revision", "sealed"});
    for (const Field& field : table.fields) {
      if (field.findable) {
        into.push_back(std::string(field.name) + "_index");
      }
    }
    std::vector<std::string> places;
    for (std::size_t i = 1; i <= into.size(); ++i) {
      places.push_back(absl::StrCat("$", i));
    }
    const Sql insert =
        Sql::Built(absl::StrCat("INSERT INTO ", table.name, " (", absl::StrJoin(into, ", "),
                                ") VALUES (", absl::StrJoin(places, ", "), ")"));
    return ForEach("plain_" + table.name + " t", columns, kinds, key_columns,
                   [&](const Cells& row) {
                     return Insert(insert, table, std::span(row).subspan(key_columns));
                   });
  }

  // `cells` are those of the fields, and the revision.
  absl::Status Insert(Sql insert, const PlainTable& table, std::span<const Cell> cells) {
    domain::WireSink personal(table.fields, domain::WireSink::Part::kPersonal);
    domain::WireSink key(table.fields, domain::WireSink::Part::kKey);
    std::vector<domain::MemberKey> owners;
    for (std::size_t i = 0; i < table.fields.size(); ++i) {
      cells[i].Write(personal);
      cells[i].Write(key);
      if (table.fields[i].owner) {
        owners.push_back(Uuid::FromRaw(cells[i].bytes));
      }
    }
    std::string context = absl::StrCat("row/", table.name, "/", key.Take());
    if (table.append_only) {
      domain::AppendSized(absl::StrCat(cells.back().number), context);
    }
    std::vector<Value> values = {program_};
    for (std::size_t i = 0; i < table.fields.size(); ++i) {
      if (!table.fields[i].personal) {
        values.push_back(cells[i].value());
      }
    }
    values.push_back(cells.back().value());
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<std::string> sealed,
                             Sealed(owners, context, personal.Take()));
    values.push_back(BlobOrNull(sealed));
    std::vector<std::optional<std::string>> indexes;
    for (std::size_t i = 0; i < table.fields.size(); ++i) {
      if (table.fields[i].findable) {
        PERIGEE_RETURN_IF_ERROR(Know({}));
        indexes.push_back(
            sealed.has_value() && !cells[i].bytes.empty()
                ? std::optional(IndexOf(stored_.keys.at({}),
                                        Indexed(table.name, table.fields[i].name, cells[i].bytes)))
                : std::nullopt);
      }
    }
    for (const std::optional<std::string>& index : indexes) {
      values.push_back(BlobOrNull(index));
    }
    return connection_.Execute(insert, values);
  }

  absl::Status SealMemos() {
    return ForEach(
        "plain_memo t JOIN transfer o ON o.program = t.program AND o.revision = t.revision "
        "AND o.idx = t.idx",
        {"t.revision", "t.idx", "t.memo", "o.debit_member", "o.credit_member"},
        {FieldKind::kInt, FieldKind::kInt, FieldKind::kText, FieldKind::kBlob, FieldKind::kBlob}, 2,
        [&](const Cells& row) -> absl::Status {
          const std::vector<domain::MemberKey> owners = {Uuid::FromRaw(row[3].bytes),
                                                         Uuid::FromRaw(row[4].bytes)};
          PERIGEE_ASSIGN_OR_RETURN(
              const std::optional<std::string> sealed,
              Sealed(owners, absl::StrCat("row/memo/", row[0].number, "/", row[1].number),
                     row[2].bytes));
          return sealed.has_value()
                     ? connection_.Execute(
                           "INSERT INTO memo (program, revision, idx, sealed) "
                           "VALUES ($1, $2, $3, $4)",
                           {program_, row[0].number, row[1].number, Value::Blob(*sealed)})
                     : absl::OkStatus();
        });
  }

  absl::Status SealRequests() {
    return ForEach(
        "plain_request t",
        {"t.time", "t.by_kind", "t.by_id", "t.id", "t.content", "t.revision", "t.changed",
         "t.answer"},
        {FieldKind::kInt, FieldKind::kInt, FieldKind::kBlob, FieldKind::kBlob, FieldKind::kBlob,
         FieldKind::kInt, FieldKind::kInt, FieldKind::kBlob},
        4, [&](const Cells& row) {
          const RequestSecret secret(Uuid::FromRaw(row[3].bytes));
          Sha256Digest content{};
          row[4].bytes.copy(reinterpret_cast<char*>(content.data()), content.size());
          std::optional<std::string> answer;
          if (!row[7].is_null) {
            answer = secret.SealAnswer(row[7].bytes);
          }
          return connection_.Execute(
              "INSERT INTO request (program, time, by_kind, by_id, id_hash, content, revision, "
              "changed, answer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
              {program_, row[0].number, row[1].number, row[2].value(), secret.id_hash(),
               secret.ContentHash(content), row[5].number, row[6].number, BlobOrNull(answer)});
        });
  }

  // nullopt if there is no text, or if an owner is erased.
  absl::StatusOr<std::optional<std::string>> Sealed(const std::vector<domain::MemberKey>& owners,
                                                    const std::string& context,
                                                    const std::string& text) {
    if (text.empty()) {
      return std::nullopt;
    }
    PERIGEE_RETURN_IF_ERROR(Know({}));
    for (const domain::MemberKey& owner : owners) {
      PERIGEE_RETURN_IF_ERROR(Know(owner));
    }
    const std::optional<SealKey> key = JointKey(owners, stored_.keys);
    return key.has_value() ? std::optional(perigee::Seal(*key, context, text)) : std::nullopt;
  }

  // Gives the owner a key, unless the owner had one.
  absl::Status Know(const domain::MemberKey& owner) {
    if (stored_.keys.contains(owner) || stored_.destroyed.contains(owner)) {
      return absl::OkStatus();
    }
    const SealKey& key = stored_.keys.emplace(owner, RandomSealKey()).first->second;
    return connection_.Execute("INSERT INTO text_key (program, owner, key) VALUES ($1, $2, $3)",
                               {program_, owner, key});
  }

  Connection& connection_;
  const std::string program_;
  KeysInBook stored_;
};

}  // namespace

absl::Status SealRows(Connection& connection) {
  // Rows of a deleted programme go with the old tables.
  std::vector<std::string> programs;
  PERIGEE_RETURN_IF_ERROR(
      connection.Query("SELECT program FROM program ORDER BY program", {},
                       [&](const Row& row) { programs.push_back(row.Text(0)); }));
  for (const std::string& program : programs) {
    PERIGEE_RETURN_IF_ERROR(ProgramRows::Seal(connection, program));
  }
  return connection.Run(
      "DROP TABLE plain_member; DROP TABLE plain_activity; DROP TABLE plain_role_grant; "
      "DROP TABLE plain_identity; DROP TABLE plain_memo; DROP TABLE plain_request;");
}

}  // namespace perigee::sql
