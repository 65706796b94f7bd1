// Tests with the data set ledger-sourcecred-test: the distributions and gifts of a real community,
// replayed.
//
// Its amounts have 18 decimals and do not fit into 64 bits. We keep 9 decimals. A distribution's
// budget is split with its receipts as weights, so each share is off by less than one unit (10^-9)
// and the sum is exact.

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "absl/numeric/int128.h"
#include "server/domain/ledger/ledger.h"
#include "tests/matchers/status.h"
#include "tests/support/ledger_desk.h"
#include "tests/support/need.h"
#include "tests/support/shared_data.h"

namespace perigee::tests {
namespace {

using nlohmann::json;

constexpr int kTheirDecimals = 18;
constexpr int kOurDecimals = 9;

absl::uint128 Wide(const json& text) {
  absl::uint128 value = 0;
  for (const char digit : text.get<std::string>()) {
    value = value * 10 + static_cast<unsigned>(digit - '0');
  }
  return value;
}

// `1000000000000000000000` becomes 1000.000000000000000000.
std::string Decimal(const json& text) {
  std::string digits = text.get<std::string>();
  const std::size_t least = kTheirDecimals + 1;
  if (digits.size() < least) {
    digits.insert(0, least - digits.size(), '0');
  }
  return digits.insert(digits.size() - kTheirDecimals, ".");
}

// The digits after our last decimal must be zeros.
std::int64_t Ours(const json& text) {
  const std::string decimal = Decimal(text);
  EXPECT_TRUE(decimal.ends_with(std::string(kTheirDecimals - kOurDecimals, '0'))) << decimal;
  return domain::ParseAmount("amount",
                             decimal.substr(0, decimal.size() - (kTheirDecimals - kOurDecimals)),
                             kOurDecimals)
      .value();
}

class LedgerReplayTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream events(SharedData("ledger-sourcecred-test/ledger.ndjson"));
    std::ifstream expected(SharedData("ledger-sourcecred-test/expected_balances.json"));
    if (!events || !expected) {
      PERIGEE_SKIP_OR_FAIL("the data set ledger-sourcecred-test is not on this machine");
    }
    for (std::string line; std::getline(events, line);) {
      events_.push_back(json::parse(line).at("action"));
    }
    expected_ = json::parse(expected);
  }

  std::vector<json> events_;
  json expected_;
};

class Replay {
 public:
  Replay() { desk_.books.AddAsset({.id = "grain", .decimals = kOurDecimals, .spendable = true}); }

  void Apply(const json& action) {
    const auto type = action.at("type").get<std::string>();
    if (type == "DISTRIBUTE_GRAIN") {
      for (const json& allocation : action.at("distribution").at("allocations")) {
        Distribute(allocation);
      }
    } else if (type == "TRANSFER_GRAIN") {
      EXPECT_THAT(desk_.Move(Account(action.at("from")), Account(action.at("to")),
                             Ours(action.at("amount"))),
                  IsOk());
    }
  }

  std::int64_t Balance(const std::string& id) { return desk_.Balance(Account(id)); }
  std::int64_t Paid(const std::string& id) { return paid_[id]; }
  int distributions() const { return distributions_; }
  const MemoryBooks& books() const { return desk_.books; }

 private:
  domain::AccountRef Account(const std::string& id) {
    const auto number = numbers_.try_emplace(id, static_cast<std::uint8_t>(numbers_.size() + 1));
    return Of("grain", number.first->second);
  }

  void Distribute(const json& allocation) {
    ++distributions_;
    const std::int64_t budget = Ours(allocation.at("policy").at("budget"));
    std::vector<absl::uint128> weights;
    for (const json& receipt : allocation.at("receipts")) {
      weights.push_back(Wide(receipt.at("amount")));
    }
    const std::vector<std::int64_t> shares = domain::SplitBudget(budget, weights);
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < shares.size(); ++i) {
      const auto id = allocation.at("receipts")[i].at("id").get<std::string>();
      ASSERT_THAT(desk_.Issue(Account(id), shares[i]), IsOk());
      paid_[id] += shares[i];
      sum += shares[i];
    }
    EXPECT_EQ(sum, budget);
  }

  LedgerDesk desk_;
  std::map<std::string, std::uint8_t> numbers_;
  std::map<std::string, std::int64_t> paid_;
  int distributions_ = 0;
};

TEST_F(LedgerReplayTest, AmountsOf18DecimalsAreRefusedAsTooLarge) {
  int refused = 0;
  for (const auto& [id, account] : expected_.items()) {
    const auto parsed =
        domain::ParseAmount("amount", Decimal(account.at("balance")), kTheirDecimals);
    if (Wide(account.at("balance")) > absl::uint128(INT64_MAX)) {
      EXPECT_THAT(parsed, IsInvalidField("amount"));
      ++refused;
    } else {
      EXPECT_THAT(parsed, IsOk());
    }
  }
  EXPECT_EQ(refused, 3);
}

TEST_F(LedgerReplayTest, EveryBalanceIsWithinOneUnitADistribution) {
  Replay replay;
  for (const json& action : events_) {
    replay.Apply(action);
  }
  EXPECT_EQ(replay.distributions(), 6);
  const absl::int128 unit = 1'000'000'000;  // One of our units in their units.
  const auto expect_near = [&](std::int64_t ours, const json& theirs, const std::string& what) {
    const absl::int128 off = absl::int128(ours) * unit - absl::int128(Wide(theirs));
    EXPECT_LT(off < 0 ? -off : off, unit * replay.distributions()) << what;
  };
  for (const auto& [id, account] : expected_.items()) {
    expect_near(replay.Balance(id), account.at("balance"), "balance of " + id);
    expect_near(replay.Paid(id), account.at("paid"), "paid to " + id);
  }
  const domain::Account& issued = replay.books().accounts().at(Own("grain", "issued"));
  EXPECT_EQ(domain::FormatAmount(issued.balance, kOurDecimals), "-5000.000000200");
}

TEST_F(LedgerReplayTest, AGiftMovesTheBalanceButNotThePaidTotal) {
  Replay replay;
  for (const json& action : events_) {
    const bool gift = action.at("type") == "TRANSFER_GRAIN";
    const auto from = gift ? action.at("from").get<std::string>() : std::string();
    const std::int64_t balance = gift ? replay.Balance(from) : 0;
    const std::int64_t paid = gift ? replay.Paid(from) : 0;
    replay.Apply(action);
    if (gift) {
      EXPECT_EQ(replay.Balance(from), balance - Ours(action.at("amount")));
      EXPECT_EQ(replay.Paid(from), paid);
    }
  }
}

TEST_F(LedgerReplayTest, ASecondReplayEndsTheSame) {
  Replay once;
  Replay again;
  for (const json& action : events_) {
    once.Apply(action);
    again.Apply(action);
  }
  EXPECT_EQ(once.books().accounts(), again.books().accounts());
  EXPECT_EQ(once.books().transfers(), again.books().transfers());
}

}  // namespace
}  // namespace perigee::tests
