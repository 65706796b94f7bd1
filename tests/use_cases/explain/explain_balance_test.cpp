#include "server/use_cases/explain/explain_balance.h"

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/use_cases/ledger/accounts.h"
#include "tests/matchers/status.h"
#include "tests/use_cases/explain/summed.h"
#include "tests/use_cases/ledger/merging_programme.h"

namespace perigee::tests {
namespace {

using domain::Explanation;
using domain::LedgerUnit;
using domain::TransferId;
using ::testing::HasSubstr;

class ExplainBalanceTest : public testing::Test {
 protected:
  absl::StatusOr<Explanation> Explain(const std::string& member, const std::string& asset) {
    absl::StatusOr<Explanation> explanation = absl::UnknownError("");
    run.programme.Read([&](ports::StoreReader& reader) {
      explanation = use_cases::ExplainBalance(
          reader, {.program = "demo", .asset = asset, .member_id = member},
          run.programme.clock.Now());
      return absl::OkStatus();
    });
    return explanation;
  }
  // Whether parts and rest sum to the balance, which is that of all members of the person.
  void ExpectSum(const Explanation& explanation, std::int64_t balance) {
    Summed(explanation);
    for (const domain::ExplanationPart& part : explanation.parts) {
      EXPECT_NE(part.amount, 0);
      EXPECT_FALSE(part.text.empty());
      EXPECT_TRUE(part.time.has_value());
      // Nobody is named.
      for (const char* other : {"ada", "bob", "eve"}) {
        EXPECT_THAT(part.text, Not(HasSubstr(other)));
      }
    }
    EXPECT_EQ(explanation.value, balance);
  }

  MergingProgramme run;
};

TEST_F(ExplainBalanceTest, AnEmptyAccountHasNoParts) {
  const auto explanation = Explain("ada", "points");
  ASSERT_THAT(explanation, IsOk());
  EXPECT_EQ(explanation->value, 0);
  EXPECT_TRUE(explanation->parts.empty());
  EXPECT_FALSE(explanation->since.has_value());
  EXPECT_TRUE(explanation->next.empty());
}

TEST_F(ExplainBalanceTest, WhatIsMissingIsNotFound) {
  EXPECT_THAT(Explain("none", "points"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Explain("ada", "none"), HasReason(Reason::kNotFound));
}

TEST_F(ExplainBalanceTest, TransfersAreThePartsNewestFirst) {
  run.Issue("ada", "points", 12);
  const Time then = run.programme.clock.Now();
  EXPECT_THAT(run.Spend("ada", "points", 5), IsOk());
  const auto explanation = Explain("ada", "points");
  ASSERT_THAT(explanation, IsOk());
  EXPECT_EQ(explanation->name, "programs/demo/members/ada/accounts/points");
  EXPECT_EQ(explanation->text, "7 points");
  EXPECT_EQ(explanation->unit, "points");
  EXPECT_EQ(explanation->since, then);
  ASSERT_EQ(explanation->parts.size(), 2U);
  EXPECT_EQ(explanation->parts[0].amount, -5);
  EXPECT_EQ(explanation->parts[0].text, "Went to the programme's account spent.");
  EXPECT_EQ(explanation->parts[1].amount, 12);
  EXPECT_EQ(explanation->parts[1].text, "Came from the programme's account issued.");
}

TEST_F(ExplainBalanceTest, AHoldAndAnExpiryComeNext) {
  run.Issue("ada", "access", 20);
  EXPECT_THAT(run.Try([&](LedgerUnit& unit) {
    return unit.Post({.debit = run.Of("ada", "access"),
                      .credit = {"access", {}, "spent"},
                      .amount = 4,
                      .expire_time = run.programme.clock.Now() + std::chrono::days(2)});
  }),
              IsOk());
  const auto explanation = Explain("ada", "access");
  ASSERT_THAT(explanation, IsOk());
  ASSERT_EQ(explanation->next.size(), 2U);
  // What is held does not expire.
  EXPECT_EQ(explanation->next[0].amount, -16);
  EXPECT_TRUE(explanation->next[0].until.has_value());
  EXPECT_THAT(explanation->next[0].text, HasSubstr("expire"));
  EXPECT_EQ(explanation->next[1].amount, -4);
}

// Random histories of issues, spendings, gifts, reversals and expiries, in which bob is merged into
// ada and parted again.
TEST_F(ExplainBalanceTest, PartsAndRestSumToTheBalanceOfAnyHistory) {
  std::mt19937 random(7);
  const auto up = [&](int limit) {
    return static_cast<int>(random() % static_cast<unsigned>(limit));
  };
  const std::vector<std::string> names = {"ada", "bob", "eve"};
  std::vector<TransferId> made;
  bool merged = false;
  for (int step = 0; step < 600; ++step) {
    run.programme.clock.Advance(std::chrono::hours(up(200)));
    const std::string asset = up(2) == 0 ? "points" : "access";
    const std::string member = names[static_cast<std::size_t>(up(3))];
    const std::string other = names[static_cast<std::size_t>(up(3))];
    const std::int64_t amount = 1 + up(50);
    // A refusal, such as for a balance that is too small, is a step too.
    const auto post = [&](const domain::AccountRef& debit, const domain::AccountRef& credit) {
      const auto id = run.Try([&](LedgerUnit& unit) {
        return unit.Post({.debit = debit, .credit = credit, .amount = amount});
      });
      if (id.ok()) {
        made.push_back(*id);
      }
    };
    switch (up(8)) {
      case 0:
        run.SetHead("bob", merged ? "" : "ada");
        merged = !merged;
        break;
      case 1:
        if (!made.empty()) {
          const TransferId id = made[static_cast<std::size_t>(up(static_cast<int>(made.size())))];
          static_cast<void>(run.Try([&](LedgerUnit& unit) { return unit.Reverse(id, 0, ""); }));
        }
        break;
      case 2:
        run.programme.DoWhatIsDue();
        break;
      case 3:
        post(run.Of(member, asset), {asset, {}, "spent"});
        break;
      case 4:
        if (member != other) {
          post(run.Of(member, asset), run.Of(other, asset));
        }
        break;
      default:
        post({asset, {}, "issued"}, run.Of(member, asset));
    }
    if (step % 10 != 0) {
      continue;
    }
    for (const char* of : {"points", "access"}) {
      const std::int64_t bobs = run.Balance("bob", of);
      for (const std::string& name : names) {
        SCOPED_TRACE(std::string(of) + " of " + name + " at step " + std::to_string(step));
        const bool is_both = merged && name != "eve";
        const auto explanation = Explain(name, of);
        ASSERT_THAT(explanation, IsOk());
        ExpectSum(*explanation, is_both ? run.Balance("ada", of) + bobs : run.Balance(name, of));
      }
    }
  }
}

}  // namespace
}  // namespace perigee::tests
