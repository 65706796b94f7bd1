#pragma once

#include <chrono>
#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "server/core/error.h"
#include "tests/adapters/sql/postgres/postgres_under_test.h"
#include "tests/support/need.h"

namespace perigee::tests {

inline constexpr std::chrono::seconds kPatience{30};

// The heads that a store told its listener.
class Told {
 public:
  void Note(const std::string& program, domain::Revision head) {
    const std::lock_guard lock(mutex_);
    heads_[program].push_back(head);
    changed_.notify_all();
  }
  // Waits until the head was told; false after half a minute.
  bool Await(const std::string& program, domain::Revision head) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] {
      const auto& heads = heads_[program];
      return !heads.empty() && heads.back() >= head;
    });
  }
  // Waits until the head is the last that was told.
  bool AwaitLast(const std::string& program, domain::Revision head) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] {
      const auto& heads = heads_[program];
      return !heads.empty() && heads.back() == head;
    });
  }
  std::vector<domain::Revision> heads(const std::string& program) {
    const std::lock_guard lock(mutex_);
    return heads_[program];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::vector<domain::Revision>> heads_;
};

inline absl::StatusOr<ports::Outcome> Write(ports::Store& store, ports::Unit unit) {
  std::promise<absl::StatusOr<ports::Outcome>> promise;
  store.Write(std::move(unit), [&](absl::StatusOr<ports::Outcome> outcome) {
    promise.set_value(std::move(outcome));
  });
  return promise.get_future().get();
}

inline ports::Unit ProgramUnit(const std::string& program) {
  return {program, std::nullopt, kStart,
          [program](ports::StoreReader&, const ports::UnitContext& unit) {
            ports::Decision decision;
            decision.changes.records.Put(
                domain::Program{program, "P", "UTC", kStart, kStart, unit.revision});
            return absl::StatusOr<ports::Decision>(std::move(decision));
          }};
}

// A unit that adds a member and answers with its id and the revision.
inline ports::Unit MemberUnit(const std::string& program, std::uint32_t n) {
  return {program, Request(n), kStart, [n](ports::StoreReader&, const ports::UnitContext& unit) {
            ports::Decision decision;
            const std::string id = "m" + std::to_string(n);
            decision.changes.records.Put(MakeMember(n, id, unit.revision));
            decision.answer = id + " at " + std::to_string(unit.revision);
            return absl::StatusOr<ports::Decision>(std::move(decision));
          }};
}

// The stores of two servers in one database.
class PostgresServersTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string reason;
    postgres_ = SharedPostgres(reason);
    if (postgres_ == nullptr) {
      PERIGEE_SKIP_OR_FAIL(reason);
    }
    uri_ = MakePostgresStore(*postgres_);
    first_ = OpenServer(first_told_);
    second_ = OpenServer(second_told_);
  }
  std::unique_ptr<sql::SqlStore> OpenServer(Told& told) {
    auto store = sql::OpenPostgresStore(uri_);
    EXPECT_THAT(store, IsOk());
    listening_.push_back((*store)->feed().Listen(
        [&told](const std::string& program, domain::Revision head) { told.Note(program, head); }));
    return *std::move(store);
  }
  std::string Sql(const std::string& sql) const { return RunSql(uri_, sql); }
  // Waits until both servers listen.
  void AwaitListeners(int count) const {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (Sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
               "AND application_name = 'perigeed heads'") != std::to_string(count)) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    }
  }
  void ExpectWholeJournal(const std::string& program) const {
    EXPECT_EQ(Sql("SELECT count(*) || ' ' || max(revision) || ' ' || "
                  "(SELECT head_revision FROM program WHERE program = '" +
                  program +
                  "') "
                  "FROM journal WHERE program = '" +
                  program + "'"),
              Sql("SELECT head_revision || ' ' || head_revision || ' ' || head_revision "
                  "FROM program WHERE program = '" +
                  program + "'"));
    EXPECT_EQ(Sql("SELECT count(*) FROM journal a JOIN journal b ON b.program = a.program "
                  "AND b.revision = a.revision + 1 WHERE a.program = '" +
                  program +
                  "' "
                  "AND (b.previous_hash <> a.hash OR b.time < a.time)"),
              "0");
  }

  PostgresServer* postgres_ = nullptr;
  std::string uri_;
  Told first_told_;
  Told second_told_;
  std::unique_ptr<sql::SqlStore> first_;
  std::unique_ptr<sql::SqlStore> second_;
  std::vector<std::shared_ptr<void>> listening_;
};

}  // namespace perigee::tests
