#include "tests/bench/replay.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/core/status_macros.h"
#include "tests/bench/report.h"

namespace perigee::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Tables that only grow, in which each row has the revision that made it. A plain activity or
// transfer also changes `account` and `program`.
constexpr std::array kTables{"activity", "activity_member", "transfer", "memo",
                             "posting",  "score",           "journal",  "request"};
constexpr const char* kMovements =
    "SELECT revision, change, program, member_key, asset, account FROM posting";
constexpr const char* kMoveAccount =
    "UPDATE account SET balance = balance + $1 WHERE program = $2 AND member_key = $3"
    " AND asset = $4 AND account = $5";
constexpr const char* kHeads = "SELECT revision, time, hash, program FROM journal";
constexpr const char* kMoveHead =
    "UPDATE program SET head_revision = $1, head_time = $2, head_hash = $3,"
    " activities = activities + $4 WHERE program = $5";

absl::StatusOr<std::int64_t> Number(BareStore& store, const std::string& sql) {
  std::int64_t number = 0;
  PERIGEE_RETURN_IF_ERROR(
      store.Select(sql, [&](const BareRow& row) { number = row.front().number; }));
  return number;
}

absl::StatusOr<std::string> Insert(BareStore& store, const std::string& table) {
  PERIGEE_ASSIGN_OR_RETURN(const int columns, store.CountColumns(table));
  std::vector<std::string> places;
  for (int place = 1; place <= columns; ++place) {
    places.push_back(absl::StrCat("$", place));
  }
  return absl::StrCat("INSERT INTO ", table, " VALUES (", absl::StrJoin(places, ", "), ")");
}

}  // namespace

struct ReplayFloor::Row {
  int statement;
  BareRow values;
};

struct ReplayFloor::Unit {
  std::vector<Row> rows;
  BareRow head;  // The time, hash and programme of its journal entry.
  std::int64_t activities = 0;
};

absl::StatusOr<std::unique_ptr<ReplayFloor>> ReplayFloor::Start(std::unique_ptr<BareStore> source,
                                                                std::unique_ptr<BareStore> copy) {
  std::unique_ptr<ReplayFloor> floor(new ReplayFloor(std::move(source), std::move(copy)));
  PERIGEE_RETURN_IF_ERROR(floor->Prepare());
  return floor;
}

absl::Status ReplayFloor::Prepare() {
  for (const std::string table : kTables) {
    PERIGEE_ASSIGN_OR_RETURN(const std::string insert, Insert(*copy_, table));
    PERIGEE_ASSIGN_OR_RETURN(const int statement, copy_->Prepare(insert));
    kinds_.push_back({absl::StrCat("SELECT revision, ", table, ".* FROM ", table), "", statement});
    if (table == "activity") {
      activity_ = statement;
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(move_account_, copy_->Prepare(kMoveAccount));
  kinds_.push_back({kMovements, " AND change <> 0", move_account_});
  PERIGEE_ASSIGN_OR_RETURN(move_head_, copy_->Prepare(kMoveHead));
  PERIGEE_ASSIGN_OR_RETURN(revision_, Number(*copy_, "SELECT MAX(revision) FROM journal"));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ReplayFloor::Unit>> ReplayFloor::ReadUnits(std::int64_t units_max) {
  PERIGEE_ASSIGN_OR_RETURN(std::int64_t head,
                           Number(*source_, "SELECT MAX(revision) FROM journal"));
  head = std::min(head, revision_ + units_max);
  std::vector<Unit> units(static_cast<std::size_t>(head - revision_));
  const std::string range =
      absl::StrCat(" WHERE revision > ", revision_, " AND revision <= ", head);
  const auto unit_of = [&](const BareRow& row) -> Unit& {
    return units[static_cast<std::size_t>(row.front().number - revision_ - 1)];
  };
  for (const Kind& kind : kinds_) {
    PERIGEE_RETURN_IF_ERROR(
        source_->Select(absl::StrCat(kind.select, range, kind.filter), [&](BareRow row) {
          Unit& unit = unit_of(row);
          row.erase(row.begin());
          unit.activities += kind.statement == activity_ ? 1 : 0;
          unit.rows.push_back({kind.statement, std::move(row)});
        }));
  }
  PERIGEE_RETURN_IF_ERROR(source_->Select(
      absl::StrCat(kHeads, range), [&](BareRow row) { unit_of(row).head = std::move(row); }));
  return units;
}

std::vector<ReplayFloor::Row> ReplayFloor::RowsOfCommit(std::span<Unit> units) const {
  std::vector<Row> rows;
  std::map<BareRow, std::int64_t> moves;  // By account.
  std::int64_t activities = 0;
  for (Unit& unit : units) {
    for (Row& row : unit.rows) {
      if (row.statement == move_account_) {
        const std::int64_t change = row.values.front().number;
        row.values.erase(row.values.begin());
        moves[std::move(row.values)] += change;
      } else {
        rows.push_back(std::move(row));
      }
    }
    activities += unit.activities;
  }
  for (const auto& [account, change] : moves) {
    BareRow& values = rows.emplace_back(Row{move_account_, account}).values;
    values.insert(values.begin(), BareValue::Int(change));
  }
  BareRow head = units.back().head;
  head.insert(head.end() - 1, BareValue::Int(activities));
  rows.push_back({move_head_, std::move(head)});
  return rows;
}

absl::StatusOr<ReplayFloor::Result> ReplayFloor::CatchUp(int units_per_commit,
                                                         std::int64_t units_max) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Unit> units, ReadUnits(units_max));
  std::vector<std::vector<Row>> commits;
  const auto step = static_cast<std::size_t>(units_per_commit);
  for (std::size_t i = 0; i < units.size(); i += step) {
    commits.push_back(RowsOfCommit(std::span(units).subspan(i, std::min(step, units.size() - i))));
  }
  const auto begin = Clock::now();
  for (const std::vector<Row>& rows : commits) {
    PERIGEE_RETURN_IF_ERROR(copy_->Begin());
    for (const Row& row : rows) {
      PERIGEE_RETURN_IF_ERROR(copy_->Write(row.statement, row.values));
    }
    PERIGEE_RETURN_IF_ERROR(copy_->Commit());
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  revision_ += static_cast<std::int64_t>(units.size());
  return Result{static_cast<std::int64_t>(units.size()), seconds};
}

double SyncMicros(const std::string& folder) {
  constexpr int kSyncs = 200;
  const std::string path = folder + "/sync";
  const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  const std::array<char, 4096> page{};
  std::vector<double> micros;
  for (int i = 0; i < kSyncs; ++i) {
    [[maybe_unused]] const ssize_t written = ::write(file, page.data(), page.size());
    const auto begin = Clock::now();
    ::fdatasync(file);
    micros.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
  }
  ::close(file);
  ::unlink(path.c_str());
  return Median(micros);
}

}  // namespace perigee::bench
