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
#include "server/use_cases/member/invitations.h"
#include "server/use_cases/member/members.h"
#include "tests/adapters/sql/postgres/postgres_servers.h"

namespace perigee::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

ports::Unit DeleteUnit(const std::string& program) {
  return {program, std::nullopt, kStart, [](ports::StoreReader&, const ports::UnitContext&) {
            ports::Decision decision;
            decision.deletes_program = true;
            return absl::StatusOr<ports::Decision>(std::move(decision));
          }};
}

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

}  // namespace
}  // namespace perigee::tests
