#include "server/adapters/sql/check/check.h"

#include <functional>
#include <future>
#include <optional>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/sqlite/sqlite_driver.h"
#include "server/core/status_macros.h"
#include "server/domain/access/role_grant.h"
#include "server/domain/member/member.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "tests/adapters/sql/lively_programme.h"
#include "tests/adapters/sql/older_store.h"
#include "tests/adapters/sql/sqlite/raw_sqlite.h"
#include "tests/adapters/sql/sqlite/sqlite_under_test.h"
#include "tests/support/set_head.h"

namespace perigee::tests {
namespace {

class CheckTest : public testing::Test {
 protected:
  void SetUp() override { WriteLivelyProgramme(*under_test_.Open(kQueueMax)); }

  std::vector<std::string> Findings() {
    const auto findings = sql::CheckSqliteStore(under_test_.path());
    EXPECT_THAT(findings, IsOk());
    std::vector<std::string> texts;
    if (findings.ok()) {
      for (const sql::Finding& finding : *findings) {
        EXPECT_EQ(finding.program, kProgram);
        texts.push_back(finding.what);
      }
    }
    return texts;
  }

  // Moves the store's programme to a store of an older schema, and brings that up to date.
  void ExpectMigrates(std::int64_t schema) {
    const TemporaryFolder folder;
    const std::string older = folder.File("older.db");
    const auto open = [](const std::string& path) {
      return sql::OpenSqlite(path, sql::SqliteUse::kMigrate).value();
    };
    MakeOlderStore(*open(under_test_.path()), *open(older), schema);
    ASSERT_THAT(sql::MigrateSqliteStore(older), IsOk());
    PutBackYounger(*open(under_test_.path()), *open(older), schema);
    const auto findings = sql::CheckSqliteStore(older);
    ASSERT_THAT(findings, IsOk());
    for (const sql::Finding& finding : *findings) {
      ADD_FAILURE() << finding.what;
    }
    ExpectSameProgramme(*open(under_test_.path()), *open(older));
  }

  SqliteUnderTest under_test_;
};

// The keys are in their store, and the book does not know.
TEST_F(CheckTest, AMigrationThatACrashEndedRunsAgain) {
  const TemporaryFolder folder;
  const std::string older = folder.File("older.db");
  const auto open = [](const std::string& path) {
    return sql::OpenSqlite(path, sql::SqliteUse::kMigrate).value();
  };
  MakeOlderStore(*open(under_test_.path()), *open(older), 4);
  RunRaw(older, "INSERT INTO meta VALUES ('token_secret', zeroblob(32))");
  std::filesystem::copy_file(older, older + ".before");
  ASSERT_THAT(sql::MigrateSqliteStore(older), IsOk());
  std::filesystem::rename(older + ".before", older);
  ASSERT_THAT(sql::MigrateSqliteStore(older), IsOk());
  PutBackYounger(*open(under_test_.path()), *open(older), 4);
  const auto findings = sql::CheckSqliteStore(older);
  ASSERT_THAT(findings, IsOk());
  for (const sql::Finding& finding : *findings) {
    ADD_FAILURE() << finding.what;
  }
}

TEST_F(CheckTest, AnUntouchedStoreIsClean) { EXPECT_THAT(Findings(), testing::IsEmpty()); }

TEST_F(CheckTest, AStoreInUseCanBeChecked) {
  const std::unique_ptr<ports::Store> store = under_test_.Open(kQueueMax);
  EXPECT_THAT(Findings(), testing::IsEmpty());
}

TEST_F(CheckTest, MergesAreNoFinding) {
  const std::unique_ptr<ports::Store> store = under_test_.Open(kQueueMax);
  const domain::MemberKey ada = NumberedId(1);
  for (const domain::MemberKey& head : {ada, domain::MemberKey(), ada}) {
    std::promise<absl::Status> done;
    store->Write({kProgram, std::nullopt, kStart,
                  [&](ports::StoreReader& reader, const ports::UnitContext& context) {
                    return SetHead(reader, context, kProgram, NumberedId(2), head);
                  }},
                 [&](const auto& outcome) { done.set_value(outcome.status()); });
    ASSERT_THAT(done.get_future().get(), IsOk());
  }
  EXPECT_THAT(Findings(), testing::IsEmpty());
  RunRaw(under_test_.path(), "UPDATE eligibility SET person_revision = 0");
  EXPECT_THAT(Findings(), testing::Contains(testing::HasSubstr("00000002 differs")));
}

// Bob has more rows than one portion erases.
TEST_F(CheckTest, AnErasureThatGoesOnIsNoFinding) {
  const domain::MemberKey bob = NumberedId(2);
  const std::unique_ptr<ports::Store> store = under_test_.Open(kQueueMax);
  const auto write = [&](const ports::Decide& decide) {
    std::promise<absl::Status> done;
    store->Write({kProgram, std::nullopt, kStart, decide},
                 [&](const auto& outcome) { done.set_value(outcome.status()); });
    ASSERT_THAT(done.get_future().get(), IsOk());
  };
  write([&](ports::StoreReader& reader,
            const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    domain::LedgerUnit ledger(reader.ledger().Books(kProgram), Zone::Utc(), context.revision,
                              context.now);
    domain::TransferDraft draft;
    draft.debit = ProgramAccount(domain::kIssuedAccount, "points");
    draft.credit = MemberAccount(bob, "points");
    draft.amount = 1;
    draft.memo = "to bob";
    EXPECT_THAT(ledger.Post(draft), IsOk());
    ports::Decision decision;
    decision.changes.ledger = ledger.Take();
    return decision;
  });
  for (int i = 0; i < ports::kErasedAtOnce + 10; ++i) {
    write([&](ports::StoreReader&, const ports::UnitContext& context) {
      domain::Activity activity = MakeActivity(absl::StrCat("bob", i), context.revision);
      activity.actor = bob;
      activity.object = "bob's post";
      ports::Decision decision;
      decision.changes.records.Put(activity);
      return absl::StatusOr<ports::Decision>(std::move(decision));
    });
  }
  write([&](ports::StoreReader&, const ports::UnitContext&) {
    ports::Decision decision;
    decision.changes.erased = {bob};
    return absl::StatusOr<ports::Decision>(std::move(decision));
  });
  EXPECT_THAT(Findings(), testing::IsEmpty());
  // An erasure that nobody continues is a finding.
  RunRaw(under_test_.path(), "DELETE FROM due WHERE kind = 5");
  EXPECT_THAT(Findings(), testing::Contains(testing::HasSubstr("not found by its own texts")));
  EXPECT_THAT(Findings(), testing::Contains(testing::HasSubstr("rows of memo")));
}

// A role from before the sign-in belongs to a pseudonym that no member has.
TEST_F(CheckTest, APseudonymErasedWithItsMemberIsNoFinding) {
  const std::unique_ptr<ports::Store> store = under_test_.Open(kQueueMax);
  const auto write =
      [&](const std::function<void(const ports::UnitContext&, domain::Changes&)>& of) {
        std::promise<absl::Status> done;
        store->Write({kProgram, std::nullopt, kStart,
                      [&](ports::StoreReader&, const ports::UnitContext& context) {
                        ports::Decision decision;
                        of(context, decision.changes);
                        return absl::StatusOr<ports::Decision>(std::move(decision));
                      }},
                     [&](const auto& outcome) { done.set_value(outcome.status()); });
        ASSERT_THAT(done.get_future().get(), IsOk());
      };
  domain::RoleGrant grant;
  grant.id = "grant";
  grant.principal = NumberedId(77);
  grant.issuer = "https://id.example";
  grant.subject = "bob";
  grant.subject_digest = domain::SubjectDigest({grant.issuer, grant.subject});
  grant.create_time = kStart;
  write([&](const ports::UnitContext& context, domain::Changes& changes) {
    grant.revision = context.revision;
    changes.records.Put(grant);
  });
  EXPECT_THAT(Findings(), testing::IsEmpty());
  write([&](const ports::UnitContext&, domain::Changes& changes) {
    changes.records.Delete(grant);
    changes.erased = {NumberedId(2), grant.principal};
  });
  EXPECT_THAT(Findings(), testing::IsEmpty());
}

// Ada and bob are one person for a while.
TEST_F(CheckTest, PoolingIsOfOnePerson) {
  const domain::MemberKey ada = NumberedId(1);
  const domain::MemberKey bob = NumberedId(2);
  const std::unique_ptr<ports::Store> store = under_test_.Open(kQueueMax);
  using Work = std::function<void(domain::LedgerUnit&, std::optional<domain::Member>&)>;
  // Runs `work` on the books and on bob.
  const auto write = [&](const Work& work) {
    std::promise<absl::Status> done;
    store->Write({kProgram, std::nullopt, kStart,
                  [&](ports::StoreReader& reader,
                      const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
                    domain::LedgerUnit ledger(reader.ledger().Books(kProgram), Zone::Utc(),
                                              context.revision, context.now);
                    PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Member> found,
                                             reader.members().FindByKeys(kProgram, {&bob, 1}));
                    std::optional<domain::Member> changed;
                    if (!found.empty()) {
                      changed = found.front();
                    }
                    work(ledger, changed);
                    ports::Decision decision;
                    if (changed.has_value()) {
                      changed->revision = context.revision;
                      decision.changes.records.Put(*changed);
                    }
                    decision.changes.ledger = ledger.Take();
                    return decision;
                  }},
                 [&](const auto& outcome) { done.set_value(outcome.status()); });
    ASSERT_THAT(done.get_future().get(), IsOk());
  };
  const auto pool = [&](domain::LedgerUnit& ledger) {
    EXPECT_THAT(ledger.ReturnPooled(MemberAccount(bob, "access"), MemberAccount(ada, "access"), 1),
                IsOk());
  };
  write([&](domain::LedgerUnit& ledger, auto& changed) {
    domain::TransferDraft draft;
    draft.debit = ProgramAccount(domain::kIssuedAccount, "access");
    draft.credit = MemberAccount(bob, "access");
    draft.amount = 5;
    EXPECT_THAT(ledger.Post(draft), IsOk());
    changed->merged_into = ada;
  });
  write([&](domain::LedgerUnit& ledger, auto& changed) {
    pool(ledger);
    changed->merged_into = {};
  });
  EXPECT_THAT(Findings(), testing::IsEmpty());
  write([&](domain::LedgerUnit& ledger, auto&) { pool(ledger); });
  EXPECT_THAT(Findings(), testing::ElementsAre(testing::HasSubstr("not of one person")));
}

TEST_F(CheckTest, AMergedMemberHasAHeadThatIsNotMergedAndStandsAsItDoes) {
  const domain::MemberKey head = NumberedId(10);
  const std::unique_ptr<ports::Store> store = under_test_.Open(kQueueMax);
  std::promise<absl::Status> done;
  store->Write({kProgram, std::nullopt, kStart,
                [&](ports::StoreReader&, const ports::UnitContext& unit) {
                  domain::Member merged = MakeMember(11, "from", unit.revision);
                  merged.merged_into = head;
                  merged.merge_revision = unit.revision;
                  ports::Decision decision;
                  decision.changes.records.Put(MakeMember(10, "into", unit.revision));
                  decision.changes.records.Put(std::move(merged));
                  return absl::StatusOr<ports::Decision>(std::move(decision));
                }},
               [&](const auto& outcome) { done.set_value(outcome.status()); });
  ASSERT_THAT(done.get_future().get(), IsOk());
  EXPECT_THAT(Findings(), testing::IsEmpty());
  const auto finds = [&](const domain::MemberKey& member, const std::string& change,
                         const std::string& what) {
    const auto set = [&](const std::string& to) {
      RunRaw(under_test_.path(),
             absl::StrCat("UPDATE member SET ", to, " WHERE member_key = x'", member.Hex(), "'"));
    };
    set(change);
    EXPECT_THAT(Findings(), testing::Contains(testing::HasSubstr(what)));
    // Back to what it was.
    set("standing = 1");
    set(member == head ? "merged_into = x''" : absl::StrCat("merged_into = x'", head.Hex(), "'"));
  };
  finds(head, absl::StrCat("merged_into = x'", NumberedId(12).Hex(), "'"),
        "merged into a member that is merged itself");
  finds(NumberedId(11), absl::StrCat("merged_into = x'", NumberedId(99).Hex(), "'"),
        "merged into a member that is missing");
  finds(NumberedId(11), "standing = 2", "another standing");
  finds(NumberedId(11), "merged_into = x''",
        "merged at a revision without a member, or the other way round");
  finds(NumberedId(11), "merge_revision = 0",
        "merged at a revision without a member, or the other way round");
}

TEST_F(CheckTest, AForgottenRequestIsNoFinding) {
  const auto store = sql::OpenSqliteStore(under_test_.path());
  ASSERT_THAT(store, IsOk());
  ASSERT_THAT((*store)->ForgetRequests(kStart + Duration(1)), IsOk());
  EXPECT_THAT(Findings(), testing::IsEmpty());
  std::promise<absl::Status> done;
  (*store)->Write({kProgram, Request(1), kStart + Duration(1),
                   [](ports::StoreReader&, const ports::UnitContext& unit) {
                     ports::Decision decision;
                     decision.changes.records.Put(MakeMember(4, "dan", unit.revision));
                     return absl::StatusOr<ports::Decision>(std::move(decision));
                   }},
                  [&](const auto& outcome) { done.set_value(outcome.status()); });
  ASSERT_THAT(done.get_future().get(), IsOk());
  EXPECT_THAT(Findings(), testing::IsEmpty());
  RunRaw(under_test_.path(), "DELETE FROM request");
  EXPECT_THAT(Findings(), testing::ElementsAre(testing::HasSubstr("is not remembered")));
}

// Entries of the first schema prove no requests.
TEST_F(CheckTest, AnUnprovenRequestIsNoFindingBeforeTheMigration) {
  const std::unique_ptr<ports::Store> store = under_test_.Open(kQueueMax);
  std::promise<domain::Revision> made;
  store->Write({kProgram, std::nullopt, kStart,
                [](ports::StoreReader&, const ports::UnitContext& unit) {
                  ports::Decision decision;
                  decision.changes.records.Put(MakeMember(4, "dan", unit.revision));
                  return absl::StatusOr<ports::Decision>(std::move(decision));
                }},
               [&](const auto& outcome) { made.set_value(outcome.value().revision); });
  const domain::Revision revision = made.get_future().get();
  RunRaw(under_test_.path(),
         absl::StrCat("INSERT INTO request SELECT program, time, by_kind, by_id, zeroblob(16), "
                      "content, ",
                      revision, ", 1, answer FROM request WHERE revision = 2"));
  EXPECT_THAT(Findings(), testing::ElementsAre(testing::HasSubstr("is not the one that made it")));
  RunRaw(under_test_.path(), absl::StrCat("INSERT INTO cursor VALUES ('demo', "
                                          "'forgotten requests', ",
                                          revision, ")"));
  EXPECT_THAT(Findings(), testing::IsEmpty());
}

TEST_F(CheckTest, AStoreOfTheFirstSchemaIsMigrated) { ExpectMigrates(1); }

TEST_F(CheckTest, AStoreWithPlainRowsIsMigrated) { ExpectMigrates(4); }

TEST_F(CheckTest, ADeletionThatGoesOnIsNoFinding) {
  RunRaw(under_test_.path(), "DELETE FROM program");
  EXPECT_THAT(Findings(), testing::Not(testing::IsEmpty()));
  RunRaw(under_test_.path(), absl::StrCat("INSERT INTO due (time, program, kind, key) VALUES (",
                                          ToMicros(kBeginningOfTime), ", 'demo', 6, x'0130')"));
  EXPECT_THAT(Findings(), testing::IsEmpty());
}

struct Tampering {
  std::string name;
  std::string sql;
  std::string finding;
};
void PrintTo(const Tampering& tampering, std::ostream* out) { *out << tampering.name; }

std::string IsMember(int n) {
  return absl::StrCat("member_key = x'0000000000000000000000000000000", n, "'");
}

std::string IsOwner(int n) {
  return absl::StrCat("owner = x'0000000000000000000000000000000", n, "'");
}

std::string TamperingName(const testing::TestParamInfo<Tampering>& tampering) {
  return tampering.param.name;
}

class TamperedStore : public CheckTest, public testing::WithParamInterface<Tampering> {};

TEST_P(TamperedStore, IsFound) {
  RunRaw(under_test_.path(), GetParam().sql);
  EXPECT_THAT(Findings(), testing::Contains(testing::HasSubstr(GetParam().finding)));
}

INSTANTIATE_TEST_SUITE_P(
    , TamperedStore,
    testing::Values(
        Tampering{"JournalPayload", "UPDATE journal SET payload = x'00' WHERE revision = 3",
                  "entry 3 cannot be read"},
        Tampering{"JournalTime", "UPDATE journal SET time = time + 1 WHERE revision = 3",
                  "entry 3 does not have the hash"},
        Tampering{"JournalEntryDropped", "DELETE FROM journal WHERE revision = 3", "has a gap"},
        Tampering{"JournalEndDropped",
                  "DELETE FROM journal WHERE revision = (SELECT MAX(revision) FROM journal)",
                  "the programme's head is"},
        Tampering{"JournalMethod",
                  "UPDATE journal SET payload = CAST(payload || x'9201034e6577' AS BLOB) WHERE "
                  "revision = (SELECT MAX(revision) FROM journal)",
                  "does not have the hash"},
        Tampering{"PersonalRead", "UPDATE personal_read SET members = zeroblob(16)",
                  "differs from the journal"},
        Tampering{"PersonalReadDropped",
                  "DELETE FROM personal_read WHERE revision = (SELECT MAX(revision) FROM journal)",
                  "is missing"},
        Tampering{"PersonalReadAdded", "INSERT INTO personal_read VALUES ('demo', 2, zeroblob(16))",
                  "rows of personal_read"},
        Tampering{"PartyDropped",
                  "DELETE FROM journal_party WHERE party = x'00000000000000000000000000000009'",
                  "is not among those of 00000000000000000000000000000009"},
        Tampering{"PartyAdded",
                  "INSERT INTO journal_party VALUES ('demo', "
                  "x'00000000000000000000000000000009', 2)",
                  "rows of journal_party"},
        Tampering{"JournalHash", "UPDATE journal SET hash = zeroblob(32) WHERE revision = 3",
                  "entry 4 does not follow"},
        Tampering{
            "JournalEntryAdded",
            "INSERT INTO journal SELECT program, 99, time, hash, hash, payload, texts FROM journal "
            "WHERE revision = 3",
            "has a gap"},
        Tampering{"ProgramHead", "UPDATE program SET head_revision = 3", "the programme's head"},
        Tampering{"ProgramCounts", "UPDATE program SET thanks = 7", "counts of activities"},
        Tampering{"ProgramName", "UPDATE program SET time_zone = 'Asia/Tokyo'", "program differs"},
        Tampering{"Asset", "UPDATE asset SET decimals = 3 WHERE id = 'points'",
                  "asset points differs"},
        Tampering{"Rule", "DELETE FROM rule", "rule gift 1 is missing"},
        Tampering{"Board", "UPDATE board SET scheme = 3", "board all differs"},
        Tampering{"Member", "UPDATE member SET standing = 2 WHERE " + IsMember(1),
                  "member 00000000000000000000000000000001 differs"},
        Tampering{"MemberDropped", "DELETE FROM member WHERE " + IsMember(2),
                  "member 00000000000000000000000000000002 is missing"},
        Tampering{"Activity", "UPDATE activity SET quantity = 2", "activity 2 differs"},
        Tampering{"ActivityDropped", "DELETE FROM activity", "activity 2 is missing"},
        Tampering{"Edge", "UPDATE edge SET to_member = from_member", "edge 2 0 differs"},
        Tampering{"EdgeAdded",
                  "INSERT INTO edge SELECT program, revision, 1, kind, from_member, to_member, "
                  "time FROM edge",
                  "rows of edge"},
        Tampering{"MemberTexts", "UPDATE member SET sealed = NULL WHERE " + IsMember(1),
                  "member 00000000000000000000000000000001 differs"},
        Tampering{"MemberTextsOfAnother",
                  "UPDATE member SET sealed = (SELECT sealed FROM member WHERE " + IsMember(2) +
                      ") WHERE " + IsMember(1),
                  "a row of member cannot be read"},
        Tampering{"MemberIndex", "UPDATE member SET id_index = zeroblob(16) WHERE " + IsMember(1),
                  "member 00000000000000000000000000000001 is not found by its own texts"},
        Tampering{"ActivityTexts", "UPDATE activity SET sealed = NULL", "activity 2 differs"},
        Tampering{"ActivityTextsOfNobody", "UPDATE activity SET sealed = zeroblob(40)",
                  "activity 2 cannot be read"},
        Tampering{"ActivityIndex",
                  "UPDATE activity SET source_event_id_index = NULL WHERE revision = 2",
                  "activity 2 is not found by its own texts"},
        Tampering{"Memo", "UPDATE memo SET sealed = zeroblob(40)",
                  "the transfers of revision 7 cannot be read"},
        Tampering{"Texts", "UPDATE journal SET texts = x'00' WHERE revision = 2",
                  "texts beside journal entry 2"},
        Tampering{"TextKeyDestroyed", "UPDATE text_key SET destroyed = 1 WHERE " + IsOwner(1),
                  "was destroyed, but they were not erased"},
        Tampering{"TextKeyEmpty",
                  "UPDATE keys.sealing_key SET key = x'' WHERE slot = "
                  "(SELECT slot FROM text_key WHERE " +
                      IsOwner(1) + ")",
                  "`perigeed serve` erases them again"},
        Tampering{"TextKeyGone",
                  "DELETE FROM keys.sealing_key WHERE slot = (SELECT slot FROM text_key WHERE " +
                      IsOwner(1) + ")",
                  "is missing in the key store"},
        Tampering{"TextKeyOfNobody", "DELETE FROM text_key WHERE " + IsOwner(1),
                  "member 00000000000000000000000000000001"},
        Tampering{"TextKeyBack", "UPDATE keys.sealing_key SET key = zeroblob(32) WHERE key = x''",
                  "is there although they were erased"},
        Tampering{"ErasureUndone", "UPDATE text_key SET destroyed = 0 WHERE destroyed = 1",
                  "is there although they were erased"},
        Tampering{"ErasedMemberBack",
                  "INSERT INTO member (program, member_key, kinds, type, standing, board_opt_out, "
                  "join_time, create_time, update_time, revision, sealed, id_index) "
                  "SELECT program, x'00000000000000000000000000000003', kinds, type, standing, "
                  "board_opt_out, join_time, create_time, update_time, revision, sealed, "
                  "zeroblob(16) FROM member WHERE " +
                      IsMember(1),
                  "member 00000000000000000000000000000003 is not in the journal"},
        Tampering{"ErasedIndexBack",
                  "UPDATE activity SET source_event_id_index = zeroblob(16) WHERE sealed IS NULL",
                  "is not found by its own texts"},
        Tampering{"EligibilityMoved", "UPDATE eligibility SET revision = revision + 1",
                  "the eligibility of member 00000000000000000000000000000002 differs"},
        Tampering{"PersonMoved", "UPDATE eligibility SET person_revision = revision",
                  "the eligibility of member 00000000000000000000000000000002 differs"},
        Tampering{"EligibilityDropped", "DELETE FROM eligibility",
                  "the eligibility of member 00000000000000000000000000000003 differs"},
        Tampering{"EligibilityAdded",
                  "INSERT INTO eligibility SELECT program, member_key, 1, 0 FROM member WHERE " +
                      IsMember(1),
                  "the eligibility of member 00000000000000000000000000000001 differs"},
        Tampering{"RequestId", "UPDATE request SET id_hash = zeroblob(16) WHERE revision = 3",
                  "request of journal entry 3 is not the one"},
        Tampering{"RequestContent", "UPDATE request SET content = zeroblob(32) WHERE revision = 3",
                  "request of journal entry 3 is not the one"},
        Tampering{"RequestAnswer", "UPDATE request SET answer = x'00' WHERE revision = 3",
                  "request of journal entry 3 is not the one"},
        Tampering{"RequestAnswerDropped", "UPDATE request SET answer = NULL WHERE revision = 1",
                  "the answer to the request of journal entry 1 is missing"},
        Tampering{"RequestAnswerBack",
                  "UPDATE request SET answer = CAST('the answer' AS BLOB) WHERE answer IS NULL",
                  "was not erased with a member whom it names"},
        Tampering{"RequestDropped", "DELETE FROM request WHERE revision = 3",
                  "the request that made journal entry 3 is not remembered"},
        Tampering{"RequestMoved", "UPDATE request SET revision = 4 WHERE revision = 3",
                  "the request that made journal entry 3 is not remembered"},
        Tampering{"RequestOfAnother", "UPDATE request SET by_kind = 2 WHERE revision = 3",
                  "the request that made journal entry 3 is not remembered"},
        Tampering{"RequestMadeNothing", "UPDATE request SET changed = 0 WHERE revision = 3",
                  "the request that made journal entry 3 is not remembered"},
        Tampering{"RequestAdded",
                  "INSERT INTO request SELECT program, time + 1, by_kind, by_id, zeroblob(16), "
                  "content, revision, changed, answer FROM request WHERE revision = 3",
                  "remembered requests that changed something"},
        Tampering{"TextsDropped", "UPDATE journal SET texts = '' WHERE revision = 2",
                  "texts beside journal entry 2"},
        Tampering{"TransferAmount", "UPDATE transfer SET amount = 21 WHERE revision = 3",
                  "transfer 3-0 differs"},
        Tampering{"TransferDropped", "DELETE FROM transfer WHERE revision = 3",
                  "transfer 3-0 is missing"},
        Tampering{"TransferAdded",
                  "CREATE TEMP TABLE t AS SELECT * FROM transfer WHERE revision = 3;"
                  "UPDATE t SET idx = 1; INSERT INTO transfer SELECT * FROM t",
                  "transfer 3-1 is not in the journal"},
        Tampering{"TransferAddedOutsideTheJournal",
                  "CREATE TEMP TABLE t AS SELECT * FROM transfer WHERE revision = 3;"
                  "UPDATE t SET revision = 99; INSERT INTO transfer SELECT * FROM t",
                  "rows of transfer"},
        Tampering{"Posting",
                  "UPDATE posting SET balance_after = 1 WHERE revision = 3 AND change > 0",
                  "the credit posting of transfer 3-0"},
        Tampering{"PostingAdded",
                  "CREATE TEMP TABLE t AS SELECT * FROM posting WHERE revision = 3;"
                  "UPDATE t SET revision = 99; INSERT INTO posting SELECT * FROM t",
                  "rows of posting"},
        Tampering{"Score", "UPDATE score SET score = 21 WHERE revision = 3",
                  "the score of transfer 3-0"},
        Tampering{"ScoreDropped", "DELETE FROM score WHERE revision = 3",
                  "the score of transfer 3-0"},
        Tampering{"AccountTotals", "UPDATE account SET balance = balance + 1 WHERE account = ''",
                  "do not follow from its transfers"},
        Tampering{"AccountImbalance", "UPDATE account SET balance = balance + 1 WHERE account = ''",
                  "do not add up"},
        Tampering{"AccountOverdraft", "UPDATE account SET overdraft = 0 WHERE account = 'issued'",
                  "below zero"},
        Tampering{"AccountDropped", "DELETE FROM account WHERE account = 'issued'", "is missing"},
        Tampering{"HoldDropped", "DELETE FROM due WHERE kind = 1",
                  "the hold of transfer 6-0 does not fall due"},
        Tampering{"HoldAdded",
                  "INSERT INTO due (time, program, kind, key) VALUES "
                  "(0, 'demo', 1, x'000000000000000300000000')",
                  "the hold of transfer 3-0 falls due"},
        Tampering{"HoldMoved", "UPDATE due SET time = time + 1 WHERE kind = 1",
                  "the hold of transfer 6-0 does not fall due"},
        Tampering{"LotNotDue", "DELETE FROM due WHERE kind = 2",
                  "lot 4-0 part 0 does not fall due"},
        Tampering{"UnknownKindDue", "UPDATE due SET kind = 99 WHERE kind = 2",
                  "something of kind 99 falls due"},
        Tampering{"ErasureOfWhoIsThere",
                  "INSERT INTO due (time, program, kind, key) VALUES "
                  "(0, 'demo', 5, x'1000000000000000000000000000000001')",
                  "the erasure of member 00000000000000000000000000000001 falls due"},
        Tampering{"LotRemaining", "UPDATE lot SET remaining = remaining + 1",
                  "lot 4-0 part 0 differs"},
        Tampering{"LotsAgainstAvailable", "UPDATE lot SET remaining = remaining + 1",
                  "available and lots of"},
        Tampering{"LotUseDropped", "DELETE FROM lot_use", "rows of lot_use"},
        Tampering{"CapUsed", "UPDATE cap_use SET used = used + 1", "does not count"},
        Tampering{"CapDropped", "DELETE FROM cap_use", "does not count"},
        Tampering{"ResultHead", "UPDATE result SET reason = 'so'", "differs from the journal"},
        Tampering{"ResultDropped", "DELETE FROM result", "is missing"},
        Tampering{"ResultEntry", "UPDATE result_entry SET score = 25", "do not match its digest"},
        Tampering{"ResultEntriesOfNothing",
                  "INSERT INTO result_entry SELECT program, x'ee', position, rank, member_key, "
                  "score, reach_time FROM result_entry",
                  "of no result and no draft"},
        Tampering{"ResultCalledADraft",
                  "INSERT INTO result_draft SELECT DISTINCT program, digest, 1 FROM result_entry",
                  "are called a draft"}),
    TamperingName);

}  // namespace
}  // namespace perigee::tests
