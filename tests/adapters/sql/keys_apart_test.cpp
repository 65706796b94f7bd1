// The keys in a store apart from the book: what a restored book, lost keys and a crash between the
// two stores leave.

#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/check/check.h"
#include "server/adapters/sql/postgres/postgres_driver.h"
#include "server/adapters/sql/sqlite/sqlite_driver.h"
#include "server/core/error.h"
#include "server/jobs/member/erasing_again.h"
#include "server/ports/member/member_reader.h"
#include "tests/adapters/sql/lively_programme.h"
#include "tests/adapters/sql/postgres/postgres_under_test.h"
#include "tests/adapters/sql/sqlite/raw_sqlite.h"
#include "tests/adapters/sql/sqlite/sqlite_under_test.h"
#include "tests/adapters/sql/watched_database.h"
#include "tests/conformance/store/portions.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/fake_clock.h"

namespace perigee::tests {
namespace {

// A store whose book can be saved and restored while its keys stay.
struct Engine {
  virtual ~Engine() = default;
  virtual std::unique_ptr<sql::Database> Open() = 0;
  virtual std::vector<sql::Finding> Check() = 0;
  virtual void SaveBook() = 0;
  virtual void RestoreBook() = 0;
  // Runs SQL on the tables of the keys.
  virtual void RunOnKeys(const std::string& sql) = 0;
};

struct SqliteEngine final : Engine {
  std::unique_ptr<sql::Database> Open() override {
    return sql::OpenSqlite(store.path(), sql::SqliteUse::kServe).value();
  }
  std::vector<sql::Finding> Check() override { return sql::CheckSqliteStore(store.path()).value(); }
  void SaveBook() override { std::filesystem::copy_file(store.path(), store.path() + ".saved"); }
  void RestoreBook() override { std::filesystem::rename(store.path() + ".saved", store.path()); }
  void RunOnKeys(const std::string& sql) override { RunRaw(store.path() + "-keys", sql); }

  SqliteUnderTest store;
};

struct PostgresEngine final : Engine {
  explicit PostgresEngine(PostgresServer& on) : server(on), uri(MakePostgresStore(on)) {}
  std::unique_ptr<sql::Database> Open() override {
    return sql::OpenPostgres(uri, sql::PostgresUse::kServe);
  }
  std::vector<sql::Finding> Check() override { return sql::CheckPostgresStore(uri).value(); }
  void SaveBook() override { saved = server.MakeDatabase(PostgresServer::DatabaseOf(uri)); }
  // Brings the newer keys to the older book.
  void RestoreBook() override {
    const std::string keys =
        RunSql(uri,
               "SELECT string_agg('(' || slot || ', ''' || key::text || ''')', ',') "
               "FROM public_keys.sealing_key");
    ASSERT_FALSE(keys.empty());
    uri = saved;
    EXPECT_EQ(RunSql(uri,
                     "DELETE FROM public_keys.sealing_key;"
                     "INSERT INTO public_keys.sealing_key VALUES " +
                         keys),
              "");
  }
  void RunOnKeys(const std::string& sql) override {
    EXPECT_EQ(RunSql(uri, "SET search_path = public_keys;" + sql), "");
  }

  PostgresServer& server;
  std::string uri;
  std::string saved;
};

class KeysApartTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "Sqlite") {
      engine_ = std::make_unique<SqliteEngine>();
    } else {
      std::string missing;
      PostgresServer* const server = SharedPostgres(missing);
      if (server == nullptr) {
        PERIGEE_SKIP_OR_FAIL(missing);
      }
      engine_ = std::make_unique<PostgresEngine>(*server);
    }
    Open();
  }
  void Open() {
    store_.reset();
    auto store =
        sql::SqlStore::Open(std::make_unique<WatchedDatabase>(engine_->Open(), watch_), {});
    ASSERT_THAT(store, IsOk());
    store_ = *std::move(store);
  }

  void Write(const std::string& program,
             const std::function<void(ports::Decision&, domain::Revision)>& decide) {
    std::promise<absl::Status> done;
    ports::Unit unit;
    unit.program = program;
    unit.now = kStart;
    unit.decide = [&](ports::StoreReader&, const ports::UnitContext& context) {
      ports::Decision decision;
      decide(decision, context.revision);
      return absl::StatusOr<ports::Decision>(std::move(decision));
    };
    store_->Write(std::move(unit), [&](const auto& outcome) { done.set_value(outcome.status()); });
    ASSERT_THAT(done.get_future().get(), IsOk());
  }
  void Erase(const domain::MemberKey& member) {
    Write(kProgram,
          [&](ports::Decision& decision, domain::Revision) { decision.changes.erased = {member}; });
  }
  void ExpectClean() {
    for (const sql::Finding& finding : engine_->Check()) {
      ADD_FAILURE() << finding.program << ": " << finding.what;
    }
  }
  std::optional<domain::Member> Find(const std::string& id) {
    std::optional<domain::Member> member;
    EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
      member = reader.members().Find(kProgram, id).value();
      return absl::OkStatus();
    }),
                IsOk());
    return member;
  }

  DatabaseWatch watch_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<sql::SqlStore> store_;
};

TEST_P(KeysApartTest, ARestoredBookErasesItsMembersAgain) {
  WriteLivelyProgramme(*store_);
  const domain::MemberKey bob = Find("bob").value().key;
  store_.reset();
  engine_->SaveBook();
  Open();
  Erase(bob);
  store_.reset();
  engine_->RestoreBook();
  Open();

  // Nobody can read bob any more, though the book has all of it again.
  EXPECT_EQ(Find("bob").value().display_name, "");
  const auto revived = store_->RevivedByARestore();
  ASSERT_THAT(revived, IsOk());
  ASSERT_EQ(revived->size(), 1U);
  EXPECT_EQ(revived->at(0).member, bob);
  EXPECT_FALSE(engine_->Check().empty());

  FakeClock clock(kStart);
  const jobs::ErasedAgain again = jobs::EraseAgain(*store_, clock, *revived);
  EXPECT_EQ(again.members, 1);
  EXPECT_THAT(again.first_failure, IsOk());
  EXPECT_EQ(Find("bob"), std::nullopt);
  // Another server may have found the same.
  EXPECT_EQ(jobs::EraseAgain(*store_, clock, *revived).members, 0);
  EXPECT_THAT(store_->RevivedByARestore().value(), testing::IsEmpty());
  ExpectClean();
  EndPortions(*store_);
  ExpectClean();
}

TEST_P(KeysApartTest, ARestoredBookDeletesItsProgrammesAgain) {
  WriteLivelyProgramme(*store_);
  store_.reset();
  engine_->SaveBook();
  Open();
  Write(kProgram,
        [](ports::Decision& decision, domain::Revision) { decision.deletes_program = true; });
  EndPortions(*store_);
  store_.reset();
  engine_->RestoreBook();
  Open();
  const auto revived = store_->RevivedByARestore();
  ASSERT_THAT(revived, IsOk());
  ASSERT_EQ(revived->size(), 1U);
  EXPECT_TRUE(revived->at(0).member.IsNil());
  FakeClock clock(kStart);
  EXPECT_EQ(jobs::EraseAgain(*store_, clock, *revived).programs, 1);
  EndPortions(*store_);
  EXPECT_THAT(store_->RevivedByARestore().value(), testing::IsEmpty());
  ExpectClean();
}

// As if the server had ended, or the disk had been full, between the commit and the destruction.
TEST_P(KeysApartTest, AKeyThatCouldNotBeDestroyedIsDestroyedLater) {
  WriteLivelyProgramme(*store_);
  const domain::MemberKey bob = Find("bob").value().key;
  watch_.keys_are_away = true;
  Erase(bob);
  EXPECT_EQ(Find("bob"), std::nullopt);
  RunPortions(*store_);
  EXPECT_GT(RunPortions(*store_), 0U);
  ExpectClean();
  watch_.keys_are_away = false;
  RunPortions(*store_);
  RunPortions(*store_);
  EXPECT_EQ(RunPortions(*store_), 0U);
  ExpectClean();
}

TEST_P(KeysApartTest, AStartDestroysWhatTheBookGaveUp) {
  WriteLivelyProgramme(*store_);
  const domain::MemberKey bob = Find("bob").value().key;
  watch_.keys_are_away = true;
  Erase(bob);
  watch_.keys_are_away = false;
  Open();
  RunPortions(*store_);
  EXPECT_EQ(RunPortions(*store_), 0U);
  ExpectClean();
}

TEST_P(KeysApartTest, WithoutNewKeysOnlyNewMembersAreRefused) {
  WriteLivelyProgramme(*store_);
  Open();  // With no keys made ahead.
  watch_.keys_are_away = true;
  Write(kProgram, [](ports::Decision& decision, domain::Revision revision) {
    domain::Member bob = MakeMember(2, "bob", revision);
    bob.display_name = "Robert";
    decision.changes.records.Put(bob);
  });
  std::promise<absl::Status> done;
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = kStart;
  unit.decide = [](ports::StoreReader&, const ports::UnitContext& context) {
    ports::Decision decision;
    decision.changes.records.Put(MakeMember(77, "new", context.revision));
    return absl::StatusOr<ports::Decision>(std::move(decision));
  };
  store_->Write(unit, [&](const auto& outcome) { done.set_value(outcome.status()); });
  EXPECT_THAT(done.get_future().get(), HasReason(Reason::kStoreUnavailable));
  EXPECT_EQ(Find("new"), std::nullopt);
  watch_.keys_are_away = false;
  done = {};
  store_->Write(unit, [&](const auto& outcome) { done.set_value(outcome.status()); });
  EXPECT_THAT(done.get_future().get(), IsOk());
  EXPECT_NE(Find("new"), std::nullopt);
  ExpectClean();
}

TEST_P(KeysApartTest, AUnitMayMakeMoreMembersThanABlockHasKeys) {
  WriteLivelyProgramme(*store_);
  for (const std::uint32_t first : {1'000U, 5'000U}) {
    Write(kProgram, [&](ports::Decision& decision, domain::Revision revision) {
      for (std::uint32_t n = 0; n < 1'500; ++n) {
        decision.changes.records.Put(MakeMember(first + n, absl::StrCat("m", first + n), revision));
      }
    });
  }
  EXPECT_NE(Find("m6499"), std::nullopt);
  ExpectClean();
}

// On PostgreSQL two servers make members of one programme.
TEST_P(KeysApartTest, ServersShareNoKey) {
  WriteLivelyProgramme(*store_);
  store_.reset();
  sql::SqlStoreOptions options;
  options.patience = std::chrono::minutes(1);
  std::vector<std::unique_ptr<sql::SqlStore>> servers;
  for (int server = 0; server < (GetParam() == "Postgres" ? 2 : 1); ++server) {
    servers.push_back(sql::SqlStore::Open(engine_->Open(), options).value());
  }
  constexpr std::uint32_t kEach = 400;
  std::vector<std::thread> writers;
  for (std::uint32_t s = 0; s < servers.size(); ++s) {
    writers.emplace_back([&, s] {
      std::vector<std::promise<absl::Status>> done(kEach);
      for (std::uint32_t n = 0; n < kEach; ++n) {
        ports::Unit unit;
        unit.program = kProgram;
        unit.now = kStart;
        unit.decide = [=](ports::StoreReader&, const ports::UnitContext& context) {
          const std::uint32_t number = 1'000 * (s + 1) + n;
          ports::Decision decision;
          decision.changes.records.Put(
              MakeMember(number, absl::StrCat("m", number), context.revision));
          return absl::StatusOr<ports::Decision>(std::move(decision));
        };
        servers[s]->Write(std::move(unit),
                          [&, n](const auto& outcome) { done[n].set_value(outcome.status()); });
      }
      for (auto& one : done) {
        EXPECT_THAT(one.get_future().get(), IsOk());
      }
    });
  }
  for (std::thread& writer : writers) {
    writer.join();
  }
  ExpectClean();
}

TEST_P(KeysApartTest, KeysOfAnotherStoreAreRefused) {
  store_.reset();
  engine_->RunOnKeys("UPDATE key_store SET book = '1234'");
  EXPECT_THAT(sql::SqlStore::Open(engine_->Open(), {}).status(),
              HasReason(Reason::kStoreUnavailable));
}

TEST_P(KeysApartTest, KeysOlderThanTheBookAreRefused) {
  WriteLivelyProgramme(*store_);
  store_.reset();
  engine_->RunOnKeys("DELETE FROM sealing_key WHERE slot > 1");
  const absl::Status refused = sql::SqlStore::Open(engine_->Open(), {}).status();
  EXPECT_THAT(refused, HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("older than the store"));
}

TEST_P(KeysApartTest, MissingKeysAreRefused) {
  store_.reset();
  engine_->RunOnKeys("DROP TABLE sealing_key; DROP TABLE key_store");
  const absl::Status refused = sql::SqlStore::Open(engine_->Open(), {}).status();
  EXPECT_THAT(refused, HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("missing"));
}

INSTANTIATE_TEST_SUITE_P(Engines, KeysApartTest, testing::Values("Sqlite", "Postgres"),
                         [](const auto& engine) { return engine.param; });

}  // namespace
}  // namespace perigee::tests
