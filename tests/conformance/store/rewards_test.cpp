#include <functional>
#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/civil_time.h"
#include "server/core/status_macros.h"
#include "server/domain/reward/redemption.h"
#include "server/domain/reward/reward.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/judge.h"
#include "server/use_cases/reward/redemptions.h"
#include "server/use_cases/reward/rewards.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/race.h"

namespace perigee::tests {
namespace {

using domain::Redemption;
using State = domain::RedemptionState;

constexpr int kPrice = 40;

domain::Reward Seat(std::optional<int> stock) {
  domain::Reward reward;
  reward.id = "seat";
  reward.display_name = "A seat";
  reward.asset = kSpendable;
  reward.price = kPrice;
  reward.stock = stock;
  reward.hold_days = 30;
  return reward;
}

ports::Unit MakeReward(const domain::Reward& reward) {
  return UnitOf([reward](auto& reader, const auto& unit) {
    return use_cases::CreateReward(reader, unit, kProgram, reward);
  });
}

ports::Unit Redeeming(const std::string& member) {
  return UnitOf([member](auto& reader, const auto& unit) {
    return use_cases::Redeem(reader, unit, kProgram, member, "seat");
  });
}

domain::MemberKey KeyOf(int i) { return NumberedId(static_cast<std::uint32_t>(1000 + i)); }
std::string IdOf(int i) { return "m" + std::to_string(i); }

// Members of the ids m0, m1 … with so many points each, in a programme that is there.
class Members {
 public:
  Members(ports::Store& store, int count, std::int64_t points)
      : store_(store), count_(count), points_(points) {
    EXPECT_THAT(Write(UnitOf([&](auto& reader, const auto& unit) { return Make(reader, unit); })),
                IsOk());
  }

  absl::StatusOr<ports::Outcome> Write(ports::Unit unit) {
    std::promise<absl::StatusOr<ports::Outcome>> promise;
    store_.Write(std::move(unit), [&](absl::StatusOr<ports::Outcome> outcome) {
      promise.set_value(std::move(outcome));
    });
    return promise.get_future().get();
  }

  std::vector<Redemption> Redemptions() const {
    std::vector<Redemption> all;
    Read([&](ports::StoreReader& reader) {
      all = reader.records().List<Redemption>(kProgram, {}, nullptr, 1000).value();
    });
    return all;
  }
  int Taken() const {
    int taken = 0;
    Read([&](ports::StoreReader& reader) {
      taken = use_cases::RequireReward(reader, kProgram, "seat").value().taken;
    });
    return taken;
  }
  // The books of all this: so many held, so many spent, and nothing made or lost.
  void ExpectBooks(int held, int spent) const {
    std::int64_t sum = 0;
    std::int64_t pending = 0;
    for (int i = 0; i < count_; ++i) {
      const domain::Account account = AccountOf(MemberAccount(KeyOf(i), kSpendable));
      EXPECT_GE(account.Available(), 0);
      sum += account.balance;
      pending += account.debits_pending;
    }
    const domain::Account to = AccountOf(ProgramAccount(domain::kSpentAccount, kSpendable));
    EXPECT_EQ(pending, std::int64_t{held} * kPrice);
    EXPECT_EQ(to.credits_pending, pending);
    EXPECT_EQ(to.balance, std::int64_t{spent} * kPrice);
    EXPECT_EQ(sum + to.balance, count_ * points_);
    EXPECT_EQ(AccountOf(ProgramAccount(domain::kIssuedAccount, kSpendable)).balance,
              -count_ * points_);
  }

 private:
  absl::StatusOr<use_cases::Decided<int>> Make(ports::StoreReader& reader,
                                               const ports::UnitContext& unit) const {
    domain::LedgerUnit ledger(reader.ledger().Books(kProgram), Zone::Utc(), unit.revision,
                              unit.now);
    use_cases::Decided<int> decided;
    for (int i = 0; i < count_; ++i) {
      decided.changes.records.Put(
          MakeMember(static_cast<std::uint32_t>(1000 + i), IdOf(i), unit.revision));
      domain::TransferDraft draft;
      draft.debit = ProgramAccount(domain::kIssuedAccount, kSpendable);
      draft.credit = MemberAccount(KeyOf(i), kSpendable);
      draft.amount = points_;
      PERIGEE_RETURN_IF_ERROR(ledger.Post(draft).status());
    }
    decided.changes.ledger = ledger.Take();
    return decided;
  }
  void Read(const std::function<void(ports::StoreReader&)>& body) const {
    EXPECT_THAT(store_.Read([&](ports::StoreReader& reader) {
      body(reader);
      return absl::OkStatus();
    }),
                IsOk());
  }
  domain::Account AccountOf(const domain::AccountRef& ref) const {
    domain::Account account;
    Read([&](ports::StoreReader& reader) {
      account = reader.ledger().Books(kProgram).FindAccount(ref).value().value_or(
          domain::Account{.ref = ref});
    });
    return account;
  }

  ports::Store& store_;
  const int count_;
  const std::int64_t points_;
};

}  // namespace

TEST_P(StoreConformance, ThreeOfAHundredMembersGetAStockOfThree) {
  MakeProgram();
  Members members(*store_, 100, 100);
  ASSERT_THAT(Write(MakeReward(Seat(3))), IsOk());
  const Race race = AtOnce(100, [&](int i) { return Write(Redeeming(IdOf(i))); });
  EXPECT_EQ(race, (Race{3, {{Reason::kRewardOutOfStock, 97}}}));
  EXPECT_EQ(members.Redemptions().size(), 3U);
  EXPECT_EQ(members.Taken(), 3);
  members.ExpectBooks(3, 0);
}

TEST_P(StoreConformance, CapitalForTwoPaysForTwoOfTwenty) {
  MakeProgram();
  Members members(*store_, 1, 2 * kPrice + 10);
  ASSERT_THAT(Write(MakeReward(Seat(std::nullopt))), IsOk());
  const Race race = AtOnce(20, [&](int) { return Write(Redeeming("m0")); });
  EXPECT_EQ(race, (Race{2, {{Reason::kInsufficientFunds, 18}}}));
  EXPECT_EQ(members.Redemptions().size(), 2U);
  EXPECT_EQ(members.Taken(), 2);
  members.ExpectBooks(2, 0);
}

TEST_P(StoreConformance, OneOfTwentyFulfilsARedemption) {
  MakeProgram();
  Members members(*store_, 1, 100);
  ASSERT_THAT(Write(MakeReward(Seat(1))), IsOk());
  ASSERT_THAT(Write(Redeeming("m0")), IsOk());
  const std::string id = members.Redemptions().at(0).id;
  const Race race = AtOnce(20, [&](int i) {
    return Write(UnitOf([&id, i](auto& reader, const auto& unit) {
      return use_cases::FulfilRedemption(reader, unit, {kProgram, "m0", id},
                                         {NumberedId(static_cast<std::uint32_t>(500 + i)), {}});
    }));
  });
  EXPECT_EQ(race, (Race{1, {{Reason::kIllegalMove, 19}}}));
  EXPECT_EQ(members.Redemptions().at(0).state, State::kFulfilled);
  members.ExpectBooks(0, 1);
}

TEST_P(StoreConformance, AnApprovalAndACancellationExcludeEachOther) {
  MakeProgram();
  Members members(*store_, 1, 100);
  domain::Reward reward = Seat(1);
  reward.needs_approval = true;
  ASSERT_THAT(Write(MakeReward(reward)), IsOk());
  for (int round = 0; round < 8; ++round) {
    ASSERT_THAT(Write(Redeeming("m0")), IsOk());
    std::string id;
    for (const Redemption& one : members.Redemptions()) {
      id = one.state == State::kHeld ? one.id : id;
    }
    const use_cases::RedemptionPlace place{kProgram, "m0", id};
    const Race race = AtOnce(2, [&](int i) {
      return Write(UnitOf([place, i](auto& reader, const auto& unit) {
        return i == 0 ? use_cases::ApproveRedemption(reader, unit, place, {NumberedId(500), {}})
                      : use_cases::CancelRedemption(reader, unit, place);
      }));
    });
    EXPECT_EQ(race, (Race{1, {{Reason::kIllegalMove, 1}}}));
    for (const Redemption& one : members.Redemptions()) {
      if (one.id == id && one.state == State::kApproved) {
        members.ExpectBooks(1, 0);
        ASSERT_THAT(Write(UnitOf([place](auto& reader, const auto& unit) {
                      return use_cases::RejectRedemption(reader, unit, place, "next round");
                    })),
                    IsOk());
      }
    }
    EXPECT_EQ(members.Taken(), 0);
    members.ExpectBooks(0, 0);
  }
}

// Twice as many as there are, some of which are cancelled on the way: never more than the stock
// holds, and the count ends as the records say.
TEST_P(StoreConformance, NeverMoreThanTheStockIsTakenWhileOthersCancel) {
  MakeProgram();
  Members members(*store_, 20, 10 * kPrice);
  ASSERT_THAT(Write(MakeReward(Seat(5))), IsOk());
  const Race race = AtOnce(200, [&](int i) {
    const std::string member = IdOf(i / 2 % 20);
    if (i % 2 == 0) {
      return Write(Redeeming(member));
    }
    // Cancels what the member has, if there is something.
    return Write(UnitOf([member, key = KeyOf(i / 2 % 20)](
                            ports::StoreReader& reader,
                            const ports::UnitContext& unit) -> use_cases::DecidedRedemption {
      const auto all = reader.records().List<Redemption>(kProgram, {}, nullptr, 1000);
      int taken = 0;
      std::string own;
      for (const Redemption& one : *all) {
        taken += domain::TakesStock(one.state) ? 1 : 0;
        own = one.member == key && one.state == State::kHeld ? one.id : own;
      }
      EXPECT_LE(taken, 5);
      return use_cases::CancelRedemption(reader, unit,
                                         {kProgram, member, own.empty() ? "none" : own});
    }));
  });
  EXPECT_FALSE(race.refused.contains(std::nullopt)) << race;
  int taken = 0;
  for (const Redemption& one : members.Redemptions()) {
    taken += domain::TakesStock(one.state) ? 1 : 0;
  }
  EXPECT_LE(taken, 5);
  EXPECT_EQ(members.Taken(), taken);
  members.ExpectBooks(taken, 0);
}

TEST_P(StoreConformance, ARetryUnderItsRequestIdRedeemsOnce) {
  MakeProgram();
  Members members(*store_, 1, 100);
  ASSERT_THAT(Write(MakeReward(Seat(std::nullopt))), IsOk());
  const Race race = AtOnce(20, [&](int) {
    ports::Unit unit = Redeeming("m0");
    unit.request = Request(77);
    return Write(unit);
  });
  EXPECT_EQ(race, (Race{20, {}}));
  EXPECT_EQ(members.Redemptions().size(), 1U);
  members.ExpectBooks(1, 0);
}

}  // namespace perigee::tests
