#include <algorithm>
#include <array>
#include <filesystem>
#include <future>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/load/community.h"
#include "perigee/v1/board.grpc.pb.h"
#include "perigee/v1/capital.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "server/adapters/sql/check/check.h"
#include "server/adapters/sql/sqlite/sqlite_store.h"
#include "tests/adapters/sql/sqlite/raw_sqlite.h"
#include "tests/faults/plain_sql.h"
#include "tests/faults/programme.h"
#include "tests/faults/workload.h"
#include "tests/matchers/status.h"
#include "tests/support/any_record.h"
#include "tests/support/perigeed.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

constexpr std::uint64_t kSalt = 0x7a3;

// Tables that are not part of the history. The bytes of attachments are proven by their digests.
constexpr std::array kNoHistory = {"blob",  "blob_bytes", "blob_upload",  "cursor",
                                   "lease", "meta",       "result_draft", "server"};

// Changes that a check cannot find: a taken key cannot be added again, and the columns of a cap
// mean nothing if the cap is NULL.
constexpr std::array kUnfound = {"activity added",       "member added",
                                 "text_key added",       "transfer.cap_member",
                                 "transfer.cap_asset",   "transfer.cap_window_start",
                                 "transfer.original_idx"};

// A store of the real server with some of everything. Each change is made in a copy of it.
class TamperTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(Perigeed::Run("migrate", Store(kept_)).exit_code, 0);
    const PlainSqlite sql(kept_);
    Perigeed server({.store = Store(kept_)});
    ASSERT_THAT(server.Start(), IsOk());
    Workload workload(sql, {&server}, 1);
    ASSERT_THAT(workload.SetUp(), IsOk());
    workload.Round(
        [] { Await(std::chrono::steady_clock::now() + std::chrono::milliseconds(400)); });
    WriteTheRest(server.Channel("internal"));
    server.Stop();
    const Outcome outcome = Perigeed::Run("check", Store(kept_));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
    WriteOtherRecords();
    // Made-up attachments have no bytes, which only the whole check looks for.
    const auto findings = sql::CheckSqliteStore(kept_);
    ASSERT_THAT(findings, IsOk());
    ASSERT_EQ(findings->size(), 0U);
  }

  // Writes what the workload does not write: a budget, lots with their use, suspensions, and
  // results.
  static void WriteTheRest(const std::shared_ptr<grpc::Channel>& door) {
    const auto capital = v1::CapitalAdminService::NewStub(door);
    v1::CreateAccountRequest budget;
    budget.set_parent(absl::StrCat(kFaultProgram, "/assets/access"));
    budget.set_account_id("budget");
    budget.set_request_id(load::RequestId(kSalt, 1));
    grpc::ClientContext budget_context;
    v1::Account account;
    ASSERT_TRUE(capital->CreateAccount(&budget_context, budget, &account).ok());
    for (std::uint64_t n = 2; n < 8; ++n) {
      v1::PostTransfersRequest post;
      post.set_parent(kFaultProgram);
      v1::Transfer& leg = *post.add_transfers();
      const std::string member = FaultAccount(static_cast<int>(n / 2), "access");
      leg.set_debit_account(n % 2 == 0 ? FaultOwnAccount("access", "issued") : member);
      leg.set_credit_account(n % 2 == 0 ? member : FaultOwnAccount("access", "budget"));
      leg.set_amount(n % 2 == 0 ? 9 : 4);
      leg.set_memo("why");
      post.set_request_id(load::RequestId(kSalt, n));
      grpc::ClientContext context;
      v1::PostTransfersResponse posted;
      const grpc::Status status = capital->PostTransfers(&context, post, &posted);
      ASSERT_TRUE(status.ok()) << status.error_message();
    }
    for (const int n : {30, 31}) {
      v1::SuspendMemberRequest suspend;
      suspend.set_name(FaultMember(n));
      suspend.set_request_id(load::RequestId(kSalt, 20 + static_cast<std::uint64_t>(n)));
      grpc::ClientContext context;
      v1::Member member;
      const grpc::Status status =
          v1::MemberAdminService::NewStub(door)->SuspendMember(&context, suspend, &member);
      ASSERT_TRUE(status.ok()) << status.error_message();
    }
    v1::ClosePeriodRequest close;
    close.set_name(absl::StrCat(kFaultProgram, "/boards/days/periods/2026-01-06"));
    close.set_request_id(load::RequestId(kSalt, 9));
    grpc::ClientContext context;
    v1::Period period;
    const grpc::Status status =
        v1::BoardAdminService::NewStub(door)->ClosePeriod(&context, close, &period);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  void WriteOtherRecords() {
    const auto store = sql::OpenSqliteStore(kept_, {});
    ASSERT_THAT(store, IsOk());
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      std::promise<absl::Status> written;
      ports::Unit unit;
      unit.program = std::string(kFaultProgram).substr(std::string("programs/").size());
      unit.decide = [&](ports::StoreReader&, const ports::UnitContext& context) {
        ports::Decision decision;
        domain::MemberKey member;
        member.bytes.back() = static_cast<std::uint8_t>(seed);
        PutOtherRecords(seed, member, context.revision, decision.changes.records);
        return absl::StatusOr<ports::Decision>(std::move(decision));
      };
      (*store)->Write(std::move(unit), [&](const absl::StatusOr<ports::Outcome>& outcome) {
        written.set_value(outcome.status());
      });
      ASSERT_THAT(written.get_future().get(), IsOk());
    }
  }

  // True if a check finds something in a copy after this change.
  bool IsFound(const std::string& tampering) const {
    const std::string copy = folder_.File("copy.db");
    for (const char* part : {"", "-keys"}) {
      std::filesystem::copy_file(kept_ + part, copy + part,
                                 std::filesystem::copy_options::overwrite_existing);
    }
    RunRaw(copy, tampering);
    const auto findings = sql::CheckSqliteStore(copy);
    // A copy that cannot be read counts as found.
    return !findings.ok() || !findings->empty();
  }
  static std::string Store(const std::string& file) { return "sqlite:" + file; }

  TemporaryFolder folder_;
  const std::string kept_ = folder_.File("kept.db");
};

struct Table {
  std::string name;
  std::vector<std::string> columns;
  std::vector<std::string> key;
  std::string row;    // The condition for the row in the middle,
  std::string other;  // and for the row before it.
};

std::string RowAt(const PlainSql& sql, const Table& table, const std::string& offset) {
  std::vector<std::string> parts;
  for (const std::string& column : table.key) {
    parts.push_back(absl::StrCat("'", column, " = ' || quote(", column, ")"));
  }
  const SqlRows rows = sql.Query(
      absl::StrCat("SELECT ", absl::StrJoin(parts, " || ' AND ' || "), " FROM ", table.name,
                   " ORDER BY ", absl::StrJoin(table.key, ", "), " LIMIT 1 OFFSET ", offset));
  return rows.empty() ? "" : rows.front();
}

std::vector<Table> Tables(const PlainSql& sql) {
  std::vector<Table> tables;
  for (const std::string& name :
       sql.Query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")) {
    Table table{
        name, sql.Query("SELECT name FROM pragma_table_info('" + name + "')"),
        sql.Query("SELECT name FROM pragma_table_info('" + name + "') WHERE pk > 0 ORDER BY pk"),
        "", ""};
    const std::string half = "(SELECT COUNT(*) / 2 FROM " + name + ")";
    table.row = RowAt(sql, table, half);
    table.other = RowAt(sql, table, "MAX(0, " + half + " - 1)");
    tables.push_back(std::move(table));
  }
  return tables;
}

// Another value of the same shape. In a key column no other row has it.
std::string Changed(const Table& table, const std::string& column) {
  const bool in_key = std::ranges::find(table.key, column) != table.key.end();
  const std::string number = in_key ? absl::StrCat(column, " + 1000003")
                                    : absl::StrCat("CASE WHEN ", column, " IN (0, 1) THEN 1 - ",
                                                   column, " ELSE ", column, " + 6 END");
  return absl::StrCat("CASE typeof(", column, ") WHEN 'integer' THEN ", number,
                      " WHEN 'text' THEN ", column, " || 'x' WHEN 'blob' THEN CASE WHEN length(",
                      column, ") = 0 THEN zeroblob(15) || x'7f' ELSE CAST(substr(", column,
                      ", 1, length(", column, ") - 1) || CASE substr(", column,
                      ", -1) WHEN x'7f' THEN x'7e' ELSE x'7f' END AS BLOB) END ELSE 1 END");
}

std::string Insert(const Table& table) {
  std::vector<std::string> values;
  for (const std::string& column : table.columns) {
    values.push_back(column == table.key.back() ? Changed(table, column) : column);
  }
  return absl::StrCat("INSERT OR IGNORE INTO ", table.name, " SELECT ", absl::StrJoin(values, ", "),
                      " FROM ", table.name, " WHERE ", table.row);
}

// Swaps all columns of two rows except their keys.
std::string Swap(const Table& table) {
  const auto keep = [&](const std::string& name, const std::string& row) {
    return absl::StrCat("CREATE TEMP TABLE ", name, " AS SELECT * FROM ", table.name, " WHERE ",
                        row, "; DELETE FROM ", table.name, " WHERE ", row, ";");
  };
  const auto put = [&](const std::string& name, const std::string& key_of) {
    std::vector<std::string> values;
    for (const std::string& column : table.columns) {
      const bool in_key = std::ranges::find(table.key, column) != table.key.end();
      values.push_back((in_key ? key_of : name) + "." + column);
    }
    return absl::StrCat("INSERT INTO ", table.name, " SELECT ", absl::StrJoin(values, ", "),
                        " FROM kept_one, kept_other;");
  };
  return keep("kept_one", table.row) + keep("kept_other", table.other) +
         put("kept_one", "kept_other") + put("kept_other", "kept_one");
}

// Whether the two rows differ in a column that is not of the key.
bool Differ(const PlainSqlite& sql, const Table& table) {
  std::vector<std::string> values;
  std::ranges::copy_if(table.columns, std::back_inserter(values), [&](const std::string& column) {
    return std::ranges::find(table.key, column) == table.key.end();
  });
  return !values.empty() &&
         sql.Query(absl::StrCat("SELECT DISTINCT ", absl::StrJoin(values, ", "), " FROM ",
                                table.name, " WHERE (", table.row, ") OR (", table.other, ")"))
                 .size() == 2;
}

TEST_F(TamperTest, ACheckFindsTamperingWithTheHistory) {
  const PlainSqlite sql(kept_);
  std::vector<std::string> missed;
  int tried = 0;
  const auto expect_found = [&](const std::string& what, const std::string& change) {
    ++tried;
    if (!IsFound(change) && std::ranges::find(kUnfound, what) == kUnfound.end()) {
      missed.push_back(what);
    }
  };
  for (const Table& table : Tables(sql)) {
    if (std::ranges::find(kNoHistory, table.name) != kNoHistory.end()) {
      continue;
    }
    ASSERT_NE(table.row, "") << table.name << " has no rows to tamper with";
    for (const std::string& column : table.columns) {
      expect_found(table.name + "." + column,
                   absl::StrCat("UPDATE OR REPLACE ", table.name, " SET ", column, " = ",
                                Changed(table, column), " WHERE ", table.row));
    }
    expect_found(table.name + " deleted",
                 absl::StrCat("DELETE FROM ", table.name, " WHERE ", table.row));
    expect_found(table.name + " added", Insert(table));
    if (!table.other.empty() && Differ(sql, table)) {
      expect_found(table.name + " swapped", Swap(table));
    }
  }
  EXPECT_THAT(missed, testing::IsEmpty());
  std::cout << tried << " ways of tampering\n";
}

TEST_F(TamperTest, ACheckFindsAnEmptyBudgetThatNobodyOpened) {
  EXPECT_TRUE(
      IsFound("INSERT INTO account SELECT program, member_key, asset, 'slipped', 0, 0, 0, 0 "
              "FROM account WHERE account = 'issued' LIMIT 1"));
  EXPECT_TRUE(
      IsFound("INSERT INTO account SELECT program, member_key, asset, 'forfeited', 0, 0, 0, "
              "0 FROM account WHERE account = 'issued' LIMIT 1"));
}

}  // namespace
}  // namespace perigee::tests
