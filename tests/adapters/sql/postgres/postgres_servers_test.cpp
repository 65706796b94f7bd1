#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "server/core/error.h"
#include "server/domain/access/role_grant.h"
#include "server/domain/member/invitation.h"
#include "server/ports/program/program_reader.h"
#include "server/use_cases/ask/asks.h"
#include "server/use_cases/champion/nominations.h"
#include "server/use_cases/champion/titles.h"
#include "server/use_cases/judge.h"
#include "server/use_cases/member/invitations.h"
#include "server/use_cases/member/members.h"
#include "tests/adapters/sql/postgres/postgres_under_test.h"
#include "tests/support/need.h"

namespace perigee::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{30};

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

absl::StatusOr<ports::Outcome> Write(ports::Store& store, ports::Unit unit) {
  std::promise<absl::StatusOr<ports::Outcome>> promise;
  store.Write(std::move(unit), [&](absl::StatusOr<ports::Outcome> outcome) {
    promise.set_value(std::move(outcome));
  });
  return promise.get_future().get();
}

ports::Unit ProgramUnit(const std::string& program) {
  return {program, std::nullopt, kStart,
          [program](ports::StoreReader&, const ports::UnitContext& unit) {
            ports::Decision decision;
            decision.changes.records.Put(
                domain::Program{program, "P", "UTC", kStart, kStart, unit.revision});
            return absl::StatusOr<ports::Decision>(std::move(decision));
          }};
}

ports::Unit DeleteUnit(const std::string& program) {
  return {program, std::nullopt, kStart, [](ports::StoreReader&, const ports::UnitContext&) {
            ports::Decision decision;
            decision.deletes_program = true;
            return absl::StatusOr<ports::Decision>(std::move(decision));
          }};
}

// A unit that adds a member and answers with its id and the revision.
ports::Unit MemberUnit(const std::string& program, std::uint32_t n) {
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
    const auto deadline = steady_clock::now() + kPatience;
    while (Sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
               "AND application_name = 'perigeed heads'") != std::to_string(count)) {
      ASSERT_LT(steady_clock::now(), deadline);
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

TEST_F(PostgresServersTest, EachHearsOfTheOthersCommitsInMilliseconds) {
  ASSERT_THAT(Write(*first_, ProgramUnit("demo")), IsOk());
  ASSERT_TRUE(second_told_.Await("demo", 1));  // The second server did not know this programme.
  AwaitListeners(2);
  std::vector<double> took_ms;
  for (std::uint32_t n = 1; n <= 200; ++n) {
    const bool there = n % 2 == 0;
    const auto outcome = Write(there ? *second_ : *first_, MemberUnit("demo", n));
    ASSERT_THAT(outcome, IsOk());
    const auto answered = steady_clock::now();
    ASSERT_TRUE((there ? first_told_ : second_told_).Await("demo", outcome->revision));
    took_ms.push_back(
        std::chrono::duration<double, std::milli>(steady_clock::now() - answered).count());
  }
  std::ranges::sort(took_ms);
  std::cout << "heard after the answer: p50 " << took_ms[100] << " ms, p99 " << took_ms[197]
            << " ms, max " << took_ms.back() << " ms\n";
  EXPECT_LT(took_ms[100], 250);  // Lost word is found only after a second.
  // No listener is told of a commit twice.
  for (Told* const told : {&first_told_, &second_told_}) {
    auto heads = told->heads("demo");
    EXPECT_TRUE(std::ranges::is_sorted(heads));
    EXPECT_EQ(std::ranges::adjacent_find(heads), heads.end());
  }
}

TEST_F(PostgresServersTest, LostWordIsMadeUpForAndTheListenerReturns) {
  ASSERT_THAT(Write(*first_, ProgramUnit("demo")), IsOk());
  ASSERT_TRUE(second_told_.Await("demo", 1));
  for (std::uint32_t n = 1; n <= 5; ++n) {
    // Ends all connections but the one that asks.
    Sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    absl::StatusOr<ports::Outcome> outcome = Write(*first_, MemberUnit("demo", n));
    while (ReasonOf(outcome.status()) == Reason::kStoreUnavailable) {
      outcome = Write(*first_, MemberUnit("demo", n));
    }
    ASSERT_THAT(outcome, IsOk());
    ASSERT_TRUE(second_told_.Await("demo", outcome->revision));
  }
  AwaitListeners(2);
}

TEST_F(PostgresServersTest, EachHearsOfADeletionAndOfTheProgrammeAfterIt) {
  for (std::uint32_t life = 0; life < 5; ++life) {
    ASSERT_THAT(Write(*first_, ProgramUnit("demo")), IsOk());
    ASSERT_THAT(Write(*first_, MemberUnit("demo", 1)), IsOk());
    ASSERT_TRUE(second_told_.AwaitLast("demo", 2));
    ASSERT_THAT(Write(*second_, DeleteUnit("demo")), IsOk());
    ASSERT_TRUE(first_told_.AwaitLast("demo", 0));
    ASSERT_TRUE(second_told_.AwaitLast("demo", 0));
    EXPECT_EQ(Sql("SELECT count(*) FROM journal"), "0");
  }
}

TEST_F(PostgresServersTest, ADeletionWithoutWordIsFoundByTheNextLook) {
  ASSERT_THAT(Write(*first_, ProgramUnit("demo")), IsOk());
  ASSERT_THAT(Write(*first_, MemberUnit("demo", 1)), IsOk());
  ASSERT_TRUE(second_told_.AwaitLast("demo", 2));
  AwaitListeners(2);
  // The programme is deleted and made anew between two looks, and nobody tells of it.
  Sql("UPDATE program SET create_time = create_time + 1, head_revision = 1");
  ASSERT_TRUE(second_told_.AwaitLast("demo", 1));
  auto heads = second_told_.heads("demo");
  EXPECT_EQ(heads[heads.size() - 2], 0);
  Sql("DELETE FROM program");
  ASSERT_TRUE(second_told_.AwaitLast("demo", 0));
}

TEST_F(PostgresServersTest, TwoServersWriteOneJournalWithoutAGap) {
  const std::vector<std::string> programs = {"ash", "birch"};
  for (const std::string& program : programs) {
    ASSERT_THAT(Write(*first_, ProgramUnit(program)), IsOk());
  }
  constexpr std::uint32_t kMembers = 150;
  // Both stores write the same units, so that each request is sent twice.
  const auto send = [&](ports::Store& store) {
    std::map<std::pair<std::string, std::uint32_t>, std::future<absl::StatusOr<ports::Outcome>>>
        answers;
    for (std::uint32_t n = 1; n <= kMembers; ++n) {
      for (const std::string& program : programs) {
        auto promise = std::make_shared<std::promise<absl::StatusOr<ports::Outcome>>>();
        answers[{program, n}] = promise->get_future();
        store.Write(MemberUnit(program, n), [promise](absl::StatusOr<ports::Outcome> outcome) {
          promise->set_value(std::move(outcome));
        });
        if (n % 7 == 0) {
          answers[{program, n}].wait();
        }
      }
    }
    std::map<std::pair<std::string, std::uint32_t>, ports::Outcome> outcomes;
    for (auto& [key, answer] : answers) {
      absl::StatusOr<ports::Outcome> outcome = answer.get();
      EXPECT_THAT(outcome, IsOk());
      if (outcome.ok()) {
        outcomes[key] = *std::move(outcome);
      }
    }
    return outcomes;
  };
  auto by_second = std::async(std::launch::async, [&] { return send(*second_); });
  const auto one = send(*first_);
  const auto two = by_second.get();
  int replayed = 0;
  for (const auto& [key, outcome] : one) {
    const auto other = two.find(key);
    ASSERT_NE(other, two.end());
    EXPECT_EQ(outcome.answer, other->second.answer);
    EXPECT_EQ(outcome.revision, other->second.revision);
    EXPECT_NE(outcome.replayed, other->second.replayed);
    replayed += outcome.replayed ? 1 : 0;
  }
  std::cout << replayed << " of " << one.size() << " were first in by the second server\n";
  for (const std::string& program : programs) {
    ExpectWholeJournal(program);
    EXPECT_EQ(Sql("SELECT head_revision FROM program WHERE program = '" + program + "'"),
              std::to_string(kMembers + 1));
    EXPECT_TRUE(first_told_.Await(program, kMembers + 1));
    EXPECT_TRUE(second_told_.Await(program, kMembers + 1));
  }
}

TEST_F(PostgresServersTest, AProgrammeMadeByBothAtOnceIsMadeOnce) {
  for (int round = 0; round < 10; ++round) {
    const std::string program = "p" + std::to_string(round);
    const auto make = [&](ports::Store& store) {
      ports::Unit unit = ProgramUnit(program);
      unit.decide = [program, decide = unit.decide](
                        ports::StoreReader& reader,
                        const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
        const auto known = reader.programs().Find(program);
        if (!known.ok() || known->has_value()) {
          return Error(Reason::kAlreadyExists, "the programme is there");
        }
        return decide(reader, context);
      };
      return Write(store, std::move(unit));
    };
    auto by_second = std::async(std::launch::async, [&] { return make(*second_); });
    const auto one = make(*first_);
    const auto two = by_second.get();
    EXPECT_NE(one.ok(), two.ok());
    EXPECT_THAT(one.ok() ? two.status() : one.status(), HasReason(Reason::kAlreadyExists));
    EXPECT_TRUE(first_told_.Await(program, 1));
    EXPECT_TRUE(second_told_.Await(program, 1));
    ExpectWholeJournal(program);
  }
}

// A unit that a use case, (StoreReader&, UnitContext) → StatusOr<Decided<T>>, decides.
template <class UseCase>
ports::Unit UnitOf(UseCase use_case) {
  return {"demo", std::nullopt, kStart,
          [use_case](ports::StoreReader& reader,
                     const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
            auto decided = use_case(reader, context);
            if (!decided.ok()) {
              return decided.status();
            }
            ports::Decision decision;
            decision.changes = std::move(decided->changes);
            return decision;
          }};
}

// A token that is used at two servers at once lets one caller in.
TEST_F(PostgresServersTest, ATokenWorksOnceAtTwoServers) {
  ASSERT_THAT(Write(*first_, ProgramUnit("demo")), IsOk());
  for (std::uint32_t round = 1; round <= 10; ++round) {
    const domain::InvitationToken token =
        domain::MakeToken(NumberedId(100 * round),
                          std::array{NumberedId(100 * round + 1), NumberedId(2), NumberedId(3)});
    ASSERT_THAT(
        Write(*first_, UnitOf([&](auto& reader, const auto& unit) {
          return use_cases::CreateInvitation(reader, unit, "demo", {token, "", "", std::nullopt});
        })),
        IsOk());
    std::vector<std::future<absl::Status>> answers;
    for (std::uint32_t i = 0; i < 8; ++i) {
      use_cases::JoinDraft draft;
      draft.token = token;
      domain::Identity& sign_in = draft.sign_in.emplace();
      sign_in.id = "identity-" + std::to_string(100 * round + i);
      sign_in.subject_digest = sign_in.id;
      draft.member = MakeMember(100 * round + 10 + i, "m" + std::to_string(100 * round + i), 0);
      answers.push_back(std::async(std::launch::async, [&, i, draft] {
        return Write(i % 2 == 0 ? *first_ : *second_,
                     UnitOf([draft](auto& reader, const auto& unit) {
                       return use_cases::JoinProgram(reader, unit, "demo", draft);
                     }))
            .status();
      }));
    }
    int joined = 0;
    for (std::future<absl::Status>& answer : answers) {
      const absl::Status status = answer.get();
      joined += status.ok() ? 1 : 0;
      EXPECT_TRUE(status.ok() || ReasonOf(status) == Reason::kNotFound) << status;
    }
    EXPECT_EQ(joined, 1);
  }
  EXPECT_EQ(Sql("SELECT count(*) FROM identity"), "10");
  ExpectWholeJournal("demo");
}

// One of many deciders at two servers decides, and takes the one seat.
TEST_F(PostgresServersTest, ANominationIsDecidedOnceAtTwoServers) {
  ASSERT_THAT(Write(*first_, ProgramUnit("demo")), IsOk());
  domain::Title title;
  title.id = "mvp";
  title.display_name = "MVP";
  title.seats = 1;
  title.reviews = 0;
  title.nominators = {domain::Nominator::kStaff};
  ASSERT_THAT(Write(*first_, UnitOf([&](auto& reader, const auto& unit) {
                return use_cases::CreateTitle(reader, unit, "demo", title);
              })),
              IsOk());
  std::vector<std::string> nominations;
  for (std::uint32_t n = 1; n <= 4; ++n) {
    const std::string nominee = "m" + std::to_string(n);
    ASSERT_THAT(Write(*first_, UnitOf([&](auto& reader, const auto& unit) {
                  return use_cases::CreateMember(reader, unit, "demo",
                                                 MakeMember(100 + n, nominee, 0));
                })),
                IsOk());
    const auto made = Write(*first_, UnitOf([&](auto& reader, const auto& unit) {
      return use_cases::Nominate(reader, unit, "demo", {"mvp", nominee, "", {}, false});
    }));
    ASSERT_THAT(made, IsOk());
    nominations.push_back(std::to_string(made->revision));
    ASSERT_THAT(Write(*second_, UnitOf([&](auto& reader, const auto& unit) {
                  return use_cases::StartReview(reader, unit, "demo", nominations.back(), {});
                })),
                IsOk());
  }
  std::vector<std::future<absl::Status>> answers;
  for (std::size_t i = 0; i < 20; ++i) {
    answers.push_back(std::async(std::launch::async, [&, i] {
      return Write(i / 4 % 2 == 0 ? *first_ : *second_, UnitOf([&](auto& reader, const auto& unit) {
                     return use_cases::DecideNomination(reader, unit, "demo",
                                                        nominations[i % nominations.size()], {},
                                                        {true, "because", std::nullopt, ""});
                   }))
          .status();
    }));
  }
  int accepted = 0;
  for (std::future<absl::Status>& answer : answers) {
    const absl::Status status = answer.get();
    accepted += status.ok() ? 1 : 0;
    EXPECT_TRUE(status.ok() || ReasonOf(status) == Reason::kIllegalMove ||
                ReasonOf(status) == Reason::kNoSeatLeft)
        << status;
  }
  EXPECT_EQ(accepted, 1);
  EXPECT_EQ(Sql("SELECT count(*) FROM appointment"), "1");
  ExpectWholeJournal("demo");
}

// Asks that two servers reserve at once stay in the budget of three.
TEST_F(PostgresServersTest, AsksAtTwoServersStayInTheBudget) {
  ASSERT_THAT(Write(*first_, ProgramUnit("demo")), IsOk());
  ASSERT_THAT(Write(*first_, MemberUnit("demo", 1)), IsOk());
  std::vector<std::future<absl::Status>> answers;
  for (int i = 0; i < 20; ++i) {
    answers.push_back(std::async(std::launch::async, [&, i] {
      return Write(i % 2 == 0 ? *first_ : *second_, UnitOf([](auto& reader, const auto& unit) {
                     return use_cases::ProposeAsk(
                         reader, unit, "demo",
                         {"m1", "events", "talk", "Speak", domain::AskState::kReserved});
                   }))
          .status();
    }));
  }
  int reserved = 0;
  for (std::future<absl::Status>& answer : answers) {
    const absl::Status status = answer.get();
    reserved += status.ok() ? 1 : 0;
    EXPECT_TRUE(status.ok() || ReasonOf(status) == Reason::kAskBudgetSpent) << status;
  }
  EXPECT_EQ(reserved, 3);
  EXPECT_EQ(Sql("SELECT count(*) FROM ask"), "3");
  ExpectWholeJournal("demo");
}

}  // namespace
}  // namespace perigee::tests
