#include "server/adapters/sql/copy/copy.h"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/program_tables.h"
#include "server/adapters/sql/journal/journal_repository.h"
#include "server/adapters/sql/migrations.h"
#include "server/adapters/sql/program/deletion.h"
#include "server/core/error.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

// A table's columns by kind, and its statements.
struct Statements {
  std::string kinds;
  Sql select;
  Sql insert;
};

Statements StatementsOf(const ProgramTable& table) {
  std::vector<std::string> names;
  std::vector<std::string> places;
  std::string kinds;
  for (const std::string& column : table.columns) {
    const std::vector<std::string> words = absl::StrSplit(column, ' ');
    names.push_back(words[0]);
    places.push_back(absl::StrCat("$", names.size()));
    kinds += words[1].front();
  }
  const std::string columns = absl::StrJoin(names, ", ");
  const auto key_end = names.begin() + table.key_columns;
  const std::string select =
      absl::StrCat("SELECT ", columns, " FROM ", table.name, " WHERE program = $1 ORDER BY ",
                   absl::StrJoin(names.begin(), key_end, ", "));
  const std::string insert = absl::StrCat("INSERT INTO ", table.name, " (", columns, ") VALUES (",
                                          absl::StrJoin(places, ", "), ")");
  return {kinds, Sql::Built(select), Sql::Built(insert)};
}

const std::vector<Statements>& AllStatements() {
  static const std::vector<Statements> kAll = [] {
    std::vector<Statements> all;
    for (const ProgramTable& table : ProgramTables()) {
      all.push_back(StatementsOf(table));
    }
    return all;
  }();
  return kAll;
}

std::vector<Value> ValuesOf(const Row& row, std::string_view kinds) {
  std::vector<Value> values;
  for (int i = 0; i < static_cast<int>(kinds.size()); ++i) {
    if (row.IsNull(i)) {
      values.emplace_back(nullptr);
    } else if (kinds[static_cast<std::size_t>(i)] == 'i') {
      values.emplace_back(row.Int(i));
    } else if (kinds[static_cast<std::size_t>(i)] == 't') {
      values.emplace_back(row.Bytes(i));
    } else {
      values.push_back(Value::Blob(row.Bytes(i)));
    }
  }
  return values;
}

// A digest of rows. Each row is bound to all rows before it.
class RowsDigest {
 public:
  void Add(const std::vector<Value>& values) {
    std::string bytes(digest_.begin(), digest_.end());
    for (const Value& value : values) {
      // Kinds and sizes tell apart rows whose bytes would look the same.
      absl::StrAppend(&bytes, static_cast<int>(value.kind()), ":", value.as_int(), ":",
                      value.bytes().size(), ":");
      bytes.append(value.bytes());
    }
    digest_ = Sha256(bytes);
    ++rows_;
  }
  std::int64_t rows() const { return rows_; }
  std::string Hex() const { return perigee::Hex(digest_); }

 private:
  Sha256Digest digest_{};
  std::int64_t rows_ = 0;
};

// Reads the programme's rows in order, adds them to the digest and gives each to `take` with the
// index of its table.
absl::Status ReadRows(
    Connection& connection, const std::string& program, RowsDigest& digest,
    absl::FunctionRef<void(std::size_t table, const std::vector<Value>& values)> take) {
  const std::vector<Statements>& all = AllStatements();
  for (std::size_t table = 0; table < all.size(); ++table) {
    PERIGEE_RETURN_IF_ERROR(connection.Query(all[table].select, {program}, [&](const Row& row) {
      const std::vector<Value> values = ValuesOf(row, all[table].kinds);
      digest.Add(values);
      take(table, values);
    }));
  }
  return absl::OkStatus();
}

absl::StatusOr<Copied> CopyRows(Connection& from, Connection& to, const std::string& program) {
  PERIGEE_ASSIGN_OR_RETURN(const JournalHead source, JournalRepository(from).FindHead(program));
  if (source.revision == 0) {
    return NotFound(absl::StrCat("programs/", program));
  }
  PERIGEE_ASSIGN_OR_RETURN(const JournalHead target, JournalRepository(to).FindHead(program));
  if (target.revision != 0) {
    return Error(Reason::kAlreadyExists, "the target has a programme of that id already");
  }
  PERIGEE_ASSIGN_OR_RETURN(const bool being_deleted, Deletion(to).IsUnended(program));
  if (being_deleted) {
    return Error(
        Reason::kProgramBeingDeleted,
        "the target is still removing a deleted programme of that id: serve it for a while");
  }
  RowsDigest read;
  absl::Status written;
  PERIGEE_RETURN_IF_ERROR(
      ReadRows(from, program, read, [&](std::size_t table, const std::vector<Value>& values) {
        if (written.ok()) {
          written = to.Execute(AllStatements()[table].insert, values);
        }
      }));
  PERIGEE_RETURN_IF_ERROR(written);
  RowsDigest read_back;
  PERIGEE_RETURN_IF_ERROR(
      ReadRows(to, program, read_back, [](std::size_t, const std::vector<Value>&) {}));
  if (read.Hex() != read_back.Hex() || read.rows() != read_back.rows()) {
    return Error(Reason::kInternal, "the copy differs from what was copied; nothing was kept");
  }
  return Copied{source.revision, read.rows(), read.Hex()};
}

}  // namespace

absl::StatusOr<Copied> CopyProgram(const Database& from, const Database& to,
                                   const std::string& program) {
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> source,
                           from.Connect(Database::Access::kRead));
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> target,
                           to.Connect(Database::Access::kWrite));
  PERIGEE_RETURN_IF_ERROR(CheckSchema(*source));
  PERIGEE_RETURN_IF_ERROR(CheckSchema(*target));
  PERIGEE_RETURN_IF_ERROR(source->BeginRead());
  PERIGEE_RETURN_IF_ERROR(target->BeginWrite());
  absl::StatusOr<Copied> copied = CopyRows(*source, *target, program);
  source->Rollback();
  if (!copied.ok()) {
    target->Rollback();
    return copied;
  }
  PERIGEE_RETURN_IF_ERROR(target->Commit());
  return copied;
}

}  // namespace perigee::sql
