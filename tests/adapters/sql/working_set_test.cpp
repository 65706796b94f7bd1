// Compares the writer's working set with no working set. Random units give the same answers and
// leave the same bytes in both cases: one runner that keeps what it knows and takes many units at
// once, and a new runner for each unit that knows nothing.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/adapters/sql/journal/journal_repository.h"
#include "server/adapters/sql/migrations.h"
#include "server/adapters/sql/sqlite/sqlite_driver.h"
#include "server/adapters/sql/unit_runner.h"
#include "server/adapters/sql/working_set.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/program/program_reader.h"
#include "server/ports/record_reader.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using domain::LedgerUnit;

constexpr int kUnits = 120;
constexpr std::uint32_t kMembers = 5;

// A store whose units run on the test's thread.
struct Side {
  TemporaryFolder folder;
  std::string path = folder.File("store.db");
  std::unique_ptr<sql::Database> database;
  std::unique_ptr<sql::Connection> connection;
  std::unique_ptr<sql::KeyStore> keys;

  Side() {
    database = sql::OpenSqlite(path, sql::SqliteUse::kMigrate).value();
    connection = database->Connect(sql::Database::Access::kWrite).value();
    keys = std::make_unique<sql::KeyStore>(*database);
    EXPECT_THAT(sql::Migrate(*connection, *keys), IsOk());
    // Keys of texts are random, and the bytes of the journal depend on them, so both sides get the
    // same keys.
    std::vector<std::string> same(2 * kMembers + 1, std::string(SealKey().size(), 'k'));
    for (std::uint32_t n = 0; n < same.size(); ++n) {
      same[n][0] = static_cast<char>(n);
    }
    const std::int64_t first = keys->Keep(same).value();
    for (std::uint32_t n = 0; n < same.size(); ++n) {
      EXPECT_THAT(sql::TextKeyRepository(*connection)
                      .Add(kProgram, n == 0 ? domain::MemberKey{} : NumberedId(n), first + n),
                  IsOk());
    }
  }

  std::string Dump(const std::string& sql) {
    std::string text;
    EXPECT_THAT(
        connection->Query(sql::Sql::Built(sql), {},
                          [&](const sql::Row& row) { text.append(row.Text(0)).push_back('\n'); }),
        IsOk());
    return text;
  }
};

std::string Told(const absl::StatusOr<ports::Outcome>& outcome) {
  return outcome.ok()
             ? absl::StrCat(outcome->revision, outcome->replayed ? " again " : " ", outcome->answer)
             : std::string(outcome.status().message());
}

std::string Told(const domain::Account& account) {
  return absl::StrCat(account.ref.asset, "/", account.ref.account, "=", account.balance, ",",
                      account.Available(), " ");
}

domain::Rule RuleOf(int version) {
  domain::Rule rule;
  rule.id = "rule";
  rule.version = version;
  return rule;
}

// Reads all that a decision may read, and writes it as text.
absl::StatusOr<std::string> Look(ports::StoreReader& reader, const domain::MemberKey& member) {
  std::string seen;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Account> accounts,
                           reader.ledger().AccountsOf(kProgram, member));
  for (const domain::Account& account : accounts) {
    seen.append(Told(account));
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<ports::AssetTotals> totals,
                           reader.ledger().TotalAssets(kProgram));
  for (const ports::AssetTotals& total : totals) {
    absl::StrAppend(&seen, total.asset, ":", total.issued, ",", total.spent, ",", total.imbalance,
                    " ");
  }
  PERIGEE_ASSIGN_OR_RETURN(const ports::ActivityCounts counts,
                           reader.activities().Count(kProgram, kBeginningOfTime));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> members,
                           reader.members().FindByKeys(kProgram, {&member, 1}));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision head, reader.journal().Head(kProgram));
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Program> program,
                           reader.programs().Find(kProgram));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Asset> assets,
                           reader.programs().Assets(kProgram));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Rule> rules,
                           reader.programs().Rules(kProgram));
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Rule> first,
                           reader.records().Find(kProgram, RuleOf(1)));
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Member> alone,
                           reader.records().Find(kProgram, domain::Member{.key = member}));
  absl::StrAppend(&seen, first.has_value() ? first->revision : 0, " ",
                  alone.has_value() ? alone->display_name : "nobody", " ");
  absl::StrAppend(&seen, counts.activities, " ", counts.thanks, " ", head, " ", assets.size(), " ",
                  rules.size(), " ", program.has_value() ? program->display_name : "none");
  for (const domain::Member& one : members) {
    absl::StrAppend(&seen, " ", one.id, "~", one.display_name, "~", one.revision);
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(kProgram));
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<domain::AccountRef> others,
      reader.ledger().Books(kProgram).SamePerson(MemberAccount(member, kSpendable)));
  absl::StrAppend(&seen, " of ", merged.AllOf(member).size());
  for (const domain::AccountRef& other : others) {
    absl::StrAppend(&seen, " ", other.member.Hex());
  }
  return seen;
}

// The units of one seed. The same seed gives the same units.
class Units {
 public:
  explicit Units(std::uint32_t seed) : random_(seed) {}

  std::vector<ports::Unit> Make() {
    std::vector<ports::Unit> units;
    units.push_back(Unit(0, [](ports::StoreReader&, const ports::UnitContext& context) {
      domain::Changes changes;
      changes.records.Put(domain::Program{.id = kProgram, .display_name = "Demo", .revision = 1});
      changes.records.PutAll(domain::DefaultAssets(context.now, context.revision));
      changes.records.Put(domain::Asset{.id = kSpendable, .spendable = true});
      return ports::Decision{std::move(changes), "made"};
    }));
    for (std::uint32_t n = 1; n <= kMembers; ++n) {
      units.push_back(MemberUnit(n, "first"));
    }
    while (units.size() < kUnits) {
      units.push_back(Any());
    }
    return units;
  }

 private:
  std::uint32_t Up(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  domain::MemberKey Somebody() { return NumberedId(1 + Up(kMembers)); }

  ports::Unit Unit(std::uint32_t id, ports::Decide decide) {
    ports::Unit unit;
    unit.program = kProgram;
    unit.request = Request(id);
    unit.now = kStart + std::chrono::seconds(++seconds_);
    unit.decide = std::move(decide);
    if (Up(2) == 0) {
      unit.lookups.members = {absl::StrCat("m", 1 + Up(kMembers)), "nobody"};
      unit.lookups.event = ports::SourceEvent{"test", absl::StrCat(Up(10))};
      unit.lookups.Name(RuleOf(1));
      unit.lookups.Name(domain::Member{.key = Somebody()});
    }
    return unit;
  }

  ports::Unit MemberUnit(std::uint32_t n, const std::string& name) {
    return Unit(++ids_,
                [n, name](ports::StoreReader& reader,
                          const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
                  domain::Member member = MakeMember(n, absl::StrCat("m", n), context.revision);
                  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Member> present,
                                           reader.members().Find(kProgram, member.id));
                  member.display_name =
                      absl::StrCat(present ? present->display_name : "", name).substr(0, 60);
                  domain::Changes changes;
                  changes.records.Put(member);
                  return ports::Decision{std::move(changes), member.display_name};
                });
  }

  // Merges a member into the first one.
  ports::Unit MergeUnit(std::uint32_t n) {
    return Unit(++ids_,
                [n](ports::StoreReader& reader,
                    const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
                  PERIGEE_ASSIGN_OR_RETURN(std::optional<domain::Member> member,
                                           reader.members().Find(kProgram, absl::StrCat("m", n)));
                  member->merged_into = NumberedId(1);
                  member->merge_revision = member->revision = context.revision;
                  domain::Changes changes;
                  changes.records.Put(*std::move(member));
                  return ports::Decision{std::move(changes), "merged"};
                });
  }

  ports::Unit Ledger(std::function<absl::Status(LedgerUnit&)> work) {
    return Unit(++ids_,
                [work = std::move(work), who = Somebody()](
                    ports::StoreReader& reader,
                    const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
                  PERIGEE_ASSIGN_OR_RETURN(std::string seen, Look(reader, who));
                  LedgerUnit ledger(reader.ledger().Books(kProgram), Zone::Utc(), context.revision,
                                    context.now);
                  PERIGEE_RETURN_IF_ERROR(work(ledger));
                  ports::Decision decision{{}, std::move(seen)};
                  decision.changes.ledger = ledger.Take();
                  return decision;
                });
  }

  ports::Unit Any() {
    const domain::MemberKey who = Somebody();
    const std::string asset = Up(2) == 0 ? kSpendable : "access";
    const std::int64_t amount = 1 + Up(9);
    switch (Up(10)) {
      case 0:  // Also parts a member that was merged.
        return MemberUnit(1 + Up(kMembers), "x");
      case 1:
        return Ledger([=](LedgerUnit& ledger) {
          return ledger
              .Grant({.member = MemberAccount(who, asset),
                      .amount = amount,
                      .cap = domain::CapKey{who, asset, "daily", kStart},
                      .cap_limit = 30,
                      .effective_time = kStart,
                      .activity = 1,
                      .rule = "rule",
                      .rule_version = 1})
              .status();
        });
      case 2:
        return Ledger([=, other = Somebody()](LedgerUnit& ledger) {
          return ledger
              .Post({.debit = MemberAccount(who, asset),
                     .credit = MemberAccount(other, asset),
                     .amount = amount})
              .status();
        });
      case 3:
        return Ledger([=](LedgerUnit& ledger) {
          return ledger
              .Post({.debit = MemberAccount(who, asset),
                     .credit = ProgramAccount(domain::kSpentAccount, asset),
                     .amount = amount,
                     .expire_time = kStart + std::chrono::hours(1)})
              .status();
        });
      case 4:
        return Ledger(
            [=, id = domain::TransferId{1 + Up(kUnits), 0}, kind = Up(3)](LedgerUnit& ledger) {
              return kind == 0   ? ledger.Capture(id, 0).status()
                     : kind == 1 ? ledger.Void(id).status()
                                 : ledger.Reverse(id, 0, "").status();
            });
      case 5:
        return ActivityUnit(absl::StrCat(Up(10)), who);
      case 6:
        return Unit(ids_, [](ports::StoreReader&, const ports::UnitContext&) {
          return absl::StatusOr<ports::Decision>(
              Error(Reason::kInternal, "a known request does not decide again"));
        });
      case 7:
        return RuleUnit();
      case 8:
        return MergeUnit(2 + Up(kMembers - 1));
      default:
        return Ledger([=](LedgerUnit& ledger) {
          return ledger
              .Post({.debit = ProgramAccount(domain::kIssuedAccount, asset),
                     .credit = MemberAccount(who, asset),
                     .amount = amount})
              .status();
        });
    }
  }

  ports::Unit ActivityUnit(const std::string& event, const domain::MemberKey& who) {
    ports::Unit unit =
        Unit(0,
             [event, who](ports::StoreReader& reader,
                          const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
               domain::Activity activity = MakeActivity(event, context.revision);
               activity.actor = who;
               PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Activity> known,
                                        reader.activities().FindBySource(kProgram, activity.source,
                                                                         activity.source_event_id));
               ports::Decision decision;
               if (known.has_value()) {
                 decision.answer = absl::StrCat("known ", known->revision);
               } else {
                 decision.changes.records.Put(activity);
                 decision.changes.records.Put(
                     domain::Edge{domain::EdgeKind::kThanks, who, who, context.revision, kStart});
               }
               return decision;
             });
    unit.request.reset();
    unit.lookups.event = ports::SourceEvent{MakeActivity(event, 1).source, event};
    return unit;
  }

  ports::Unit RuleUnit() {
    const int version = ++rules_;
    return Unit(
        ++ids_,
        [version](ports::StoreReader& reader,
                  const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
          PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Rule> rules,
                                   reader.programs().Rules(kProgram));
          domain::Changes changes;
          domain::Rule rule = RuleOf(version);
          rule.activity_type = "work";
          rule.revision = context.revision;
          changes.records.Put(rule);
          changes.records.Put(domain::Program{.id = kProgram,
                                              .display_name = absl::StrCat("Demo ", rules.size()),
                                              .revision = context.revision});
          return ports::Decision{std::move(changes), absl::StrCat(rules.size())};
        });
  }

  std::minstd_rand random_;
  std::uint32_t ids_ = 1;
  int seconds_ = 0;
  int rules_ = 0;
};

std::vector<std::string> RunAtOnce(Side& side, const std::vector<ports::Unit>& units,
                                   std::uint32_t seed) {
  std::minstd_rand random(seed);
  sql::UnitRunner runner(*side.connection, *side.keys);
  std::vector<std::string> told;
  for (std::size_t begin = 0; begin < units.size();) {
    std::vector<const ports::Unit*> batch;
    for (std::size_t size = 1 + random() % 12; size > 0 && begin < units.size(); --size) {
      batch.push_back(&units[begin++]);
    }
    for (const absl::StatusOr<ports::Outcome>& outcome : runner.Run(batch)) {
      told.push_back(Told(outcome));
    }
  }
  return told;
}

std::vector<std::string> RunKnowingNothing(Side& side, const std::vector<ports::Unit>& units) {
  std::vector<std::string> told;
  for (const ports::Unit& unit : units) {
    const ports::Unit* alone = &unit;
    told.push_back(Told(sql::UnitRunner(*side.connection, *side.keys).Run({&alone, 1}).front()));
  }
  return told;
}

TEST(WorkingSet, ChangesNeitherAnAnswerNorAByteOfTheStore) {
  for (std::uint32_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(seed);
    const std::vector<ports::Unit> units = Units(seed).Make();
    Side knowing;
    Side ignorant;
    ASSERT_EQ(RunAtOnce(knowing, units, seed), RunKnowingNothing(ignorant, units));
    const std::string tables =
        knowing.Dump("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'meta'");
    for (const absl::string_view table : absl::StrSplit(tables, '\n', absl::SkipEmpty())) {
      const std::string columns = knowing.Dump(absl::StrCat(
          "SELECT group_concat('quote(' || name || ')', '||'',''||') FROM pragma_table_info('",
          table, "')"));
      const std::string rows = absl::StrCat("SELECT ", columns, " FROM ", table, " ORDER BY 1");
      EXPECT_EQ(knowing.Dump(rows), ignorant.Dump(rows)) << table;
    }
  }
}

// Another server moves the head; the set then drops what it knows of the programme.
TEST(WorkingSet, IsDroppedWhenTheJournalWentOnWithoutIt) {
  Side side;
  const std::vector<ports::Unit> units = Units(1).Make();
  sql::UnitRunner here(*side.connection, *side.keys);
  sql::UnitRunner elsewhere(*side.connection, *side.keys);
  std::vector<std::string> told;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const ports::Unit* unit = &units[i];
    told.push_back(Told((i % 3 == 0 ? elsewhere : here).Run({&unit, 1}).front()));
  }
  Side ignorant;
  EXPECT_EQ(told, RunKnowingNothing(ignorant, units));
}

TEST(WorkingSet, IsNotFloodedByAReadOfAllMembers) {
  constexpr std::uint32_t kMany = 500;
  Side side;
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = kStart;
  unit.decide = [](ports::StoreReader&, const ports::UnitContext&) {
    ports::Decision decision;
    decision.changes.records.Put(
        domain::Program{.id = kProgram, .display_name = "Demo", .revision = 1});
    for (std::uint32_t n = 1; n <= kMany; ++n) {
      decision.changes.records.Put(MakeMember(n, absl::StrCat("m", n), 1));
    }
    return decision;
  };
  const ports::Unit* const units = &unit;
  ASSERT_THAT(sql::UnitRunner(*side.connection, *side.keys).Run({&units, 1}).front(), IsOk());
  std::vector<domain::MemberKey> keys;
  for (std::uint32_t n = 1; n <= kMany; ++n) {
    keys.push_back(NumberedId(n));
  }
  sql::WorkingSet set(*side.connection, *side.keys);
  set.Begin({kProgram});
  sql::WorkingProgram& program = *set.Find(kProgram);
  ASSERT_THAT(program.FindMembers(std::span(keys).first(1)), IsOk());
  const absl::StatusOr<std::vector<domain::Member>> found = program.FindMembers(keys);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->size(), kMany);
  EXPECT_EQ(program.size(), 1U);
}

}  // namespace
}  // namespace perigee::tests
