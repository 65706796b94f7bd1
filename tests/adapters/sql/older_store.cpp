#include "tests/adapters/sql/older_store.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/adapters/sql/base/program_tables.h"
#include "server/adapters/sql/base/record_table.h"
#include "server/adapters/sql/base/text_keys.h"
#include "server/adapters/sql/journal/journal_repository.h"
#include "server/adapters/sql/journal/request_secret.h"
#include "server/adapters/sql/ledger/ledger_repository.h"
#include "server/adapters/sql/migrations.h"
#include "server/domain/journal/records.h"
#include "server/domain/record/wire.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {
namespace {

constexpr std::uint32_t kRequestsMax = 2000;

std::unique_ptr<sql::Connection> Writing(const sql::Database& database) {
  auto connection = database.Connect(sql::Database::Access::kWrite);
  EXPECT_THAT(connection, IsOk());
  EXPECT_THAT((*connection)->BeginWrite(), IsOk());
  return *std::move(connection);
}

// An INSERT of so many values.
sql::Sql InsertInto(const std::string& table, const std::vector<std::string>& columns) {
  std::vector<std::string> places;
  for (std::size_t i = 1; i <= columns.size(); ++i) {
    places.push_back(absl::StrCat("$", i));
  }
  return sql::Sql::Built(absl::StrCat("INSERT INTO ", table, " (", absl::StrJoin(columns, ", "),
                                      ") VALUES (", absl::StrJoin(places, ", "), ")"));
}

// Whether the older schema had no such records.
bool IsYounger(const domain::RecordType& type, std::int64_t schema) {
  const std::set<std::string_view> first = {"program", "asset",    "rule",
                                            "member",  "activity", "edge"};
  const std::set<std::string_view> fourth = {"role_grant", "identity"};
  return !first.contains(type.table()) && !(schema == 4 && fourth.contains(type.table()));
}

// The fields that such records had at that time.
std::vector<domain::Field> OldFields(const domain::RecordType& type) {
  const std::map<std::string_view, int> last = {{"member", 11}, {"identity", 6}};
  std::vector<domain::Field> fields = type.fields();
  if (const auto of = last.find(type.table()); of != last.end()) {
    std::erase_if(fields, [&](const domain::Field& field) { return field.number > of->second; });
  }
  return fields;
}

bool IsYounger(const std::string& table, const std::string& column, std::int64_t schema) {
  const std::set<std::string_view> settings = {"ask_limit", "ask_window_days", "thanks_limit",
                                               "thanks_period", "orbit_review_months"};
  return (table == "program" && column == "state" && schema == 1) ||
         (table == "program" && settings.contains(column)) ||
         (table == "board" && (column == "audience" || column == "allow_demographic")) ||
         (table == "eligibility" && column == "person_revision");
}

// Copies a table as it is, without the columns that the older schema did not have.
void CopyTable(const sql::ProgramTable& table, std::int64_t schema, sql::Connection& from,
               sql::Connection& to) {
  std::vector<std::string> columns;
  std::vector<std::string> kinds;
  for (const std::string& column : table.columns) {
    const std::vector<std::string> words = absl::StrSplit(column, ' ');
    if (!IsYounger(table.name, words[0], schema)) {
      columns.push_back(words[0]);
      kinds.push_back(words[1]);
    }
  }
  const sql::Sql insert = InsertInto(table.name, columns);
  EXPECT_THAT(from.Query(sql::Sql::Built(absl::StrCat("SELECT ", absl::StrJoin(columns, ", "),
                                                      " FROM ", table.name)),
                         {},
                         [&](const sql::Row& row) {
                           std::vector<sql::Value> values;
                           for (int i = 0; i < std::ssize(kinds); ++i) {
                             const std::string& kind = kinds[static_cast<std::size_t>(i)];
                             values.push_back(row.IsNull(i)    ? sql::Value(nullptr)
                                              : kind == "int"  ? sql::Value(row.Int(i))
                                              : kind == "text" ? sql::Value(row.Bytes(i))
                                                               : sql::Value::Blob(row.Bytes(i)));
                           }
                           EXPECT_THAT(to.Execute(insert, values), IsOk());
                         }),
              IsOk());
}

// Puts the keys into the book, where they stood.
void CopyKeys(sql::Connection& from, sql::Connection& to) {
  const auto keys = sql::TextKeyRepository(from).All(kProgram);
  ASSERT_THAT(keys, IsOk());
  const sql::Sql insert = InsertInto("text_key", {"program", "owner", "key"});
  for (const sql::TextKey& key : *keys) {
    const std::string bytes = key.destroyed ? "" : key.bytes.value();
    EXPECT_THAT(to.Execute(insert, {kProgram, key.owner, sql::Value::Blob(bytes)}), IsOk());
  }
}

// Copies the records of one kind, with a column for each field.
void CopyRecords(const domain::RecordType& type, sql::Connection& from, sql::Connection& to) {
  std::vector<std::string> columns = {"program"};
  const std::vector<domain::Field> old_fields = OldFields(type);
  for (const domain::Field& field : old_fields) {
    columns.emplace_back(field.name);
  }
  columns.emplace_back("revision");
  const sql::Sql insert = InsertInto(std::string(type.table()), columns);
  EXPECT_THAT(
      sql::RecordTable::Of(type).ForEach(from, kProgram,
                                         [&](const std::shared_ptr<void>& record) {
                                           sql::FieldValues fields(type);
                                           type.Write(record.get(), fields);
                                           std::vector<sql::Value> values = {kProgram};
                                           values.insert(values.end(), fields.begin(),
                                                         fields.begin() + std::ssize(old_fields));
                                           values.emplace_back(type.RevisionOf(record.get()));
                                           EXPECT_THAT(to.Execute(insert, values), IsOk());
                                         }),
      IsOk());
}

std::map<domain::TransferId, std::string> MemosOf(sql::Connection& connection) {
  std::set<domain::Revision> revisions;
  EXPECT_THAT(connection.Query("SELECT revision FROM memo", {},
                               [&](const sql::Row& row) { revisions.insert(row.Int(0)); }),
              IsOk());
  std::map<domain::TransferId, std::string> memos;
  for (const domain::Revision revision : revisions) {
    const auto transfers = sql::LedgerRepository(connection).TransfersOf(kProgram, revision);
    EXPECT_THAT(transfers, IsOk());
    for (const domain::Transfer& transfer : *transfers) {
      if (!transfer.memo.empty()) {
        memos[transfer.id] = transfer.memo;
      }
    }
  }
  return memos;
}

// By the number of the request.
std::map<std::uint32_t, std::optional<std::string>> AnswersOf(sql::Connection& connection) {
  std::map<std::uint32_t, std::optional<std::string>> answers;
  EXPECT_THAT(connection.Query(
                  "SELECT id_hash, content, answer FROM request", {},
                  [&](const sql::Row& row) {
                    for (std::uint32_t n = 1; n < kRequestsMax; ++n) {
                      const sql::RequestSecret secret(Request(n).id);
                      if (secret.id_hash() == row.Id(0)) {
                        EXPECT_EQ(secret.ContentHash(Request(n).content), row.Digest(1));
                        answers[n] = row.IsNull(2) ? std::nullopt : secret.OpenAnswer(row.Bytes(2));
                      }
                    }
                  }),
              IsOk());
  return answers;
}

void CopyRequests(sql::Connection& from, sql::Connection& to) {
  std::map<Uuid, std::uint32_t> numbers;
  for (std::uint32_t n = 1; n < kRequestsMax; ++n) {
    numbers[sql::RequestSecret(Request(n).id).id_hash()] = n;
  }
  const auto answers = AnswersOf(from);
  const sql::Sql insert = InsertInto("request", {"program", "time", "by_kind", "by_id", "id",
                                                 "content", "revision", "changed", "answer"});
  EXPECT_THAT(
      from.Query("SELECT time, by_kind, by_id, id_hash, revision, changed FROM request", {},
                 [&](const sql::Row& row) {
                   const ports::RequestKey request = Request(numbers.at(row.Id(3)));
                   const auto& answer = answers.at(numbers.at(row.Id(3)));
                   EXPECT_THAT(
                       to.Execute(insert, {kProgram, row.Int(0), row.Int(1), row.Id(2), request.id,
                                           request.content, row.Int(4), row.Int(5),
                                           answer ? sql::Value::Blob(*answer) : nullptr}),
                       IsOk());
                 }),
      IsOk());
}

}  // namespace

void MakeOlderStore(const sql::Database& from, const sql::Database& to, std::int64_t schema) {
  const auto source = Writing(from);
  const auto target = Writing(to);
  EXPECT_THAT(target->Run("CREATE TABLE schema_version (version BIGINT PRIMARY KEY);"), IsOk());
  for (std::int64_t version = 1; version <= schema; ++version) {
    EXPECT_THAT(target->Run(std::string(sql::Migrations()[static_cast<std::size_t>(version - 1)])),
                IsOk());
    EXPECT_THAT(target->Execute("INSERT INTO schema_version (version) VALUES ($1)", {version}),
                IsOk());
  }
  std::set<std::string> other = {"memo", "request", "journal_party", "text_key"};
  for (const domain::RecordType* type : domain::AllRecords()) {
    if (type->IsSealed() || IsYounger(*type, schema)) {
      other.emplace(type->table());
      if (!IsYounger(*type, schema)) {
        CopyRecords(*type, *source, *target);
      }
    }
  }
  for (const sql::ProgramTable& table : sql::ProgramTables()) {
    if (!other.contains(table.name) && !(schema == 1 && table.name == "eligibility")) {
      CopyTable(table, schema, *source, *target);
    }
  }
  CopyKeys(*source, *target);
  const sql::Sql insert = InsertInto("memo", {"program", "revision", "idx", "memo"});
  const auto memos = MemosOf(*source);
  EXPECT_FALSE(memos.empty());
  for (const auto& [id, memo] : memos) {
    EXPECT_THAT(target->Execute(insert, {kProgram, id.revision, id.index, memo}), IsOk());
  }
  CopyRequests(*source, *target);
  source->Rollback();
  EXPECT_THAT(target->Commit(), IsOk());
}

void PutBackYounger(const sql::Database& from, const sql::Database& to, std::int64_t schema) {
  const auto source = Writing(from);
  const auto target = Writing(to);
  const auto stored = sql::TextKeyRepository(*source).All(kProgram);
  ASSERT_THAT(stored, IsOk());
  sql::TextKeys keys;
  for (const sql::TextKey& key : *stored) {
    if (const auto usable = key.key()) {
      keys.emplace(key.owner, *usable);
    }
  }
  for (const domain::RecordType* type : domain::AllRecords()) {
    if (IsYounger(*type, schema) || OldFields(*type).size() < type->fields().size()) {
      const sql::RecordTable& table = sql::RecordTable::Of(*type);
      EXPECT_THAT(table.ForEach(*source, kProgram,
                                [&](const std::shared_ptr<void>& record) {
                                  EXPECT_THAT(table.Put(*target, kProgram, record.get(), keys),
                                              IsOk());
                                }),
                  IsOk());
    }
  }
  source->Rollback();
  EXPECT_THAT(target->Commit(), IsOk());
}

void ExpectSameProgramme(const sql::Database& from, const sql::Database& to) {
  const auto source = Writing(from);
  const auto target = Writing(to);
  for (const domain::RecordType* type : domain::AllRecords()) {
    const auto records = [&](sql::Connection& connection) {
      std::vector<std::string> bytes;
      EXPECT_THAT(sql::RecordTable::Of(*type).ForEach(connection, kProgram,
                                                      [&](const std::shared_ptr<void>& record) {
                                                        bytes.push_back(domain::EncodeRecord(
                                                            *type, record.get(),
                                                            domain::WireSink::Part::kAll));
                                                      }),
                  IsOk());
      return bytes;
    };
    EXPECT_EQ(records(*target), records(*source)) << type->table();
  }
  EXPECT_EQ(MemosOf(*target), MemosOf(*source));
  EXPECT_EQ(AnswersOf(*target), AnswersOf(*source));
  const auto sought =
      sql::RecordTable::Of(domain::TypeOf<domain::Member>())
          .Sought(sql::RecordTable::Of(domain::TypeOf<domain::Member>()).field("id"), "ada");
  EXPECT_THAT(target->Query(
                  sql::Sql::Built("SELECT COUNT(*) FROM member WHERE program = $1 AND id_index = " +
                                  sql::IndexAt(2)),
                  {kProgram, sql::Value::Blob(sought)},
                  [&](const sql::Row& row) { EXPECT_EQ(row.Int(0), 1); }),
              IsOk());
  source->Rollback();
  target->Rollback();
}

}  // namespace perigee::tests
