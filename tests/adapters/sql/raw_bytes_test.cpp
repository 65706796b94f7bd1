#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/postgres/postgres_driver.h"
#include "server/adapters/sql/postgres/postgres_store.h"
#include "server/adapters/sql/sqlite/sqlite_store.h"
#include "server/domain/access/role_grant.h"
#include "server/jobs/member/erasing.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/due_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

constexpr const char* kShown = "Shown Programme Quetzal";  // Staff wrote it; it stays in plain.

// A store and all files that its engine keeps.
struct Engine {
  virtual ~Engine() = default;
  virtual std::unique_ptr<ports::Store> Open() = 0;
  // Brings all that the engine has in memory into the files.
  virtual void WriteOut() = 0;
  virtual std::filesystem::path folder() const = 0;
  virtual std::unique_ptr<sql::Database> Database() const = 0;
};

struct SqliteFiles final : Engine {
  SqliteFiles() { EXPECT_THAT(sql::MigrateSqliteStore(path), IsOk()); }
  std::unique_ptr<ports::Store> Open() override {
    auto store = sql::OpenSqliteStore(path);
    EXPECT_THAT(store, IsOk());
    return *std::move(store);
  }
  void WriteOut() override {}
  std::filesystem::path folder() const override { return temporary.path(); }
  std::unique_ptr<sql::Database> Database() const override {
    return sql::OpenSqlite(path, sql::SqliteUse::kInspect).value();
  }

  TemporaryFolder temporary;
  std::string path = temporary.File("store.db");
};

struct PostgresFiles final : Engine {
  explicit PostgresFiles(std::string& missing) {
    // The server may run as another user, who must enter the folder.
    std::filesystem::permissions(temporary.path(), std::filesystem::perms::all);
    PostgresOptions options;
    options.data = temporary.path() / "data";
    server = PostgresServer::Start(missing, options);
    if (server != nullptr) {
      uri = server->MakeDatabase();
      EXPECT_THAT(sql::MigratePostgresStore(uri), IsOk());
    }
  }
  std::unique_ptr<ports::Store> Open() override {
    auto store = sql::OpenPostgresStore(uri);
    EXPECT_THAT(store, IsOk());
    return *std::move(store);
  }
  void WriteOut() override { EXPECT_EQ(RunSql(uri, "CHECKPOINT"), ""); }
  std::filesystem::path folder() const override { return temporary.path(); }
  std::unique_ptr<sql::Database> Database() const override {
    return sql::OpenPostgres(uri, sql::PostgresUse::kBulk);
  }

  TemporaryFolder temporary;
  std::unique_ptr<PostgresServer> server;
  std::string uri;
};

// Which of the texts are in any file below the folder, as they are.
std::set<std::string> Found(const std::filesystem::path& folder,
                            const std::vector<std::string>& texts) {
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) {
      continue;
    }
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)),
                            std::istreambuf_iterator<char>());
    for (const std::string& text : texts) {
      if (bytes.find(text) != std::string::npos) {
        found.insert(text);
      }
    }
  }
  return found;
}

class RawBytesTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "Sqlite") {
      engine_ = std::make_unique<SqliteFiles>();
    } else {
      std::string missing;
      auto postgres = std::make_unique<PostgresFiles>(missing);
      if (postgres->server == nullptr) {
        PERIGEE_SKIP_OR_FAIL(missing);
      }
      engine_ = std::move(postgres);
    }
    store_ = engine_->Open();
  }

  absl::StatusOr<ports::Outcome> Write(ports::Unit unit) {
    std::promise<absl::StatusOr<ports::Outcome>> outcome;
    store_->Write(std::move(unit), [&](auto answer) { outcome.set_value(std::move(answer)); });
    return outcome.get_future().get();
  }
  void WriteChanges(const std::function<void(domain::Changes&, const ports::UnitContext&)>& change,
                    std::optional<ports::RequestKey> request = std::nullopt,
                    std::string answer = "") {
    ports::Unit unit;
    unit.program = kProgram;
    unit.now = kStart;
    unit.request = std::move(request);
    unit.decide = [&](ports::StoreReader&, const ports::UnitContext& context) {
      ports::Decision decision;
      change(decision.changes, context);
      decision.answer = answer;
      return absl::StatusOr<ports::Decision>(std::move(decision));
    };
    ASSERT_THAT(Write(std::move(unit)), IsOk());
  }

  domain::Member Ada(domain::Revision revision) const {
    domain::Member member = MakeMember(1, id_, revision);
    member.display_name = name_;
    member.facets = {facet_};
    return member;
  }
  void WriteAll() {
    WriteChanges([&](domain::Changes& changes, const ports::UnitContext& context) {
      changes.records.Put(
          domain::Program{kProgram, kShown, "UTC", kStart, kStart, context.revision});
      changes.records.PutAll(domain::DefaultAssets(kStart, context.revision));
      domain::Asset asset{.id = kSpendable, .display_name = "Points", .revision = context.revision};
      asset.spendable = true;
      changes.records.Put(asset);
    });
    WriteChanges(
        [&](domain::Changes& changes, const ports::UnitContext& context) {
          changes.records.Put(Ada(context.revision));
          const domain::Subject subject{issuer_, subject_};
          domain::Identity identity{ada_, "sign-in", issuer_, subject_,
                                    domain::SubjectDigest(subject)};
          identity.revision = context.revision;
          changes.records.Put(identity);
          domain::RoleGrant grant;
          grant.id = "grant";
          grant.principal = ada_;
          grant.issuer = issuer_;
          grant.subject = subject_;
          grant.subject_digest = domain::SubjectDigest(subject);
          grant.revision = context.revision;
          changes.records.Put(grant);
        },
        request_, answer_);
    WriteChanges([&](domain::Changes& changes, const ports::UnitContext& context) {
      domain::Activity activity = MakeActivity(event_, context.revision);
      activity.actor = ada_;
      activity.object = object_;
      changes.records.Put(activity);
    });
    ports::Unit give;
    give.program = kProgram;
    give.now = kStart;
    give.decide = [&](ports::StoreReader& reader,
                      const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
      domain::LedgerUnit ledger(reader.ledger().Books(kProgram), Zone::Utc(), context.revision,
                                context.now);
      domain::TransferDraft draft;
      draft.debit = ProgramAccount(domain::kIssuedAccount, kSpendable);
      draft.credit = MemberAccount(ada_, kSpendable);
      draft.amount = 1;
      draft.memo = memo_;
      EXPECT_THAT(ledger.Post(draft), IsOk());
      ports::Decision decision;
      decision.changes.ledger = ledger.Take();
      return decision;
    };
    ASSERT_THAT(Write(std::move(give)), IsOk());
  }
  // Changes rows too, so that old versions lie about.
  void ChangeAll() {
    for (int n = 0; n < 20; ++n) {
      WriteChanges([&](domain::Changes& changes, const ports::UnitContext& context) {
        domain::Member member = Ada(context.revision);
        member.display_name += absl::StrCat(" ", n);
        changes.records.Put(member);
      });
    }
  }
  void Erase() {
    WriteChanges(
        [&](domain::Changes& changes, const ports::UnitContext&) { changes.erased = {ada_}; });
    ports::Unit unit;
    unit.program = kProgram;
    unit.now = kStart;
    std::vector<ports::Due> due;
    do {
      EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
        due = reader.due().List({}, 100).value();
        return absl::OkStatus();
      }),
                  IsOk());
      std::erase_if(due, [](const auto& one) { return one.kind != ports::DueKind::kErasure; });
      ASSERT_THAT(jobs::MemberErasing().end(*store_, unit, due), IsOk());
    } while (!due.empty());
  }

  std::vector<std::string> Personal() const {
    const Sha256Digest& content = request_.content;
    return {id_,
            name_,
            facet_,
            issuer_,
            subject_,
            domain::SubjectDigest({issuer_, subject_}),
            event_,
            object_,
            memo_,
            answer_,
            std::string(request_.id.Raw()),
            std::string(content.begin(), content.end())};
  }
  std::string KeyOfAda() const {
    const auto database = engine_->Database();
    const auto connection = database->Connect(sql::Database::Access::kRead).value();
    std::string key;
    EXPECT_THAT(connection->Query("SELECT k.key FROM text_key t JOIN sealing_key k "
                                  "ON k.slot = t.slot WHERE t.owner = $1",
                                  {ada_}, [&](const sql::Row& row) { key = row.Text(0); }),
                IsOk());
    return key;
  }
  // A store in use, and again after it was closed. `destroyed` is nowhere either.
  void ExpectNothingPersonal(const std::vector<std::string>& destroyed = {}) {
    engine_->WriteOut();
    std::vector<std::string> texts = Personal();
    texts.emplace_back(kShown);
    texts.insert(texts.end(), destroyed.begin(), destroyed.end());
    EXPECT_THAT(Found(engine_->folder(), texts), testing::ElementsAre(kShown));
    store_.reset();
    engine_->WriteOut();
    EXPECT_THAT(Found(engine_->folder(), texts), testing::ElementsAre(kShown));
    store_ = engine_->Open();
  }

  const domain::MemberKey ada_ = NumberedId(1);
  const std::string id_ = "ada-unmistakable-lovelace";
  const std::string name_ = "Ada Unmistakable";
  const std::string facet_ = "mathematician-unmistakable";
  const std::string issuer_ = "https://issuer.unmistakable.example";
  const std::string subject_ = "subject-unmistakable-77";
  const std::string event_ = "event-unmistakable-78";
  const std::string object_ = "posts/unmistakable-79";
  const std::string memo_ = "a memo that is unmistakable";
  const std::string answer_ = "an answer that is unmistakable";
  const ports::RequestKey request_{Uuid::FromRaw("unmistakable id!"), Sha256("the request of ada")};
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<ports::Store> store_;
};

TEST_P(RawBytesTest, NothingPersonalIsReadableInTheFiles) {
  WriteAll();
  ChangeAll();
  // The store itself reads all of it, so it is there.
  EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
    EXPECT_EQ(reader.members().Find(kProgram, id_).value()->facets, std::vector{facet_});
    EXPECT_EQ(reader.activities().FindBySource(kProgram, "forum", event_).value()->object, object_);
    EXPECT_EQ(reader.ledger().TransfersOf(kProgram, 4).value().at(0).memo, memo_);
    const std::vector<ports::FieldIs> of_subject = {
        {"subject_digest", domain::SubjectDigest({issuer_, subject_})}};
    EXPECT_EQ(reader.records()
                  .List<domain::Identity>(kProgram, of_subject, nullptr, 9)
                  .value()
                  .at(0)
                  .subject,
              subject_);
    EXPECT_EQ(reader.records()
                  .List<domain::RoleGrant>(kProgram, of_subject, nullptr, 9)
                  .value()
                  .at(0)
                  .issuer,
              issuer_);
    return absl::OkStatus();
  }),
              IsOk());
  ExpectNothingPersonal();
  const std::string key = KeyOfAda();
  EXPECT_EQ(key.size(), SealKey().size());
  EXPECT_THAT(Found(engine_->folder(), {key}), testing::SizeIs(1));

  Erase();
  EXPECT_EQ(KeyOfAda(), "");
  EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
    EXPECT_EQ(reader.members().Find(kProgram, id_).value(), std::nullopt);
    EXPECT_EQ(reader.activities().FindBySource(kProgram, "forum", event_).value(), std::nullopt);
    const auto grants = reader.records().List<domain::RoleGrant>(kProgram, {}, nullptr, 9).value();
    EXPECT_EQ(grants.at(0).subject, "");
    return absl::OkStatus();
  }),
              IsOk());
  // PostgreSQL keeps a destroyed key in a dead row and in its log for a while.
  ExpectNothingPersonal(GetParam() == "Sqlite" ? std::vector{key} : std::vector<std::string>());
}

INSTANTIATE_TEST_SUITE_P(Engines, RawBytesTest, testing::Values("Sqlite", "Postgres"),
                         [](const auto& engine) { return engine.param; });

}  // namespace
}  // namespace perigee::tests
