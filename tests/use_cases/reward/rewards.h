#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/domain/reward/redemption.h"
#include "server/domain/reward/reward.h"
#include "server/use_cases/judge.h"
#include "server/use_cases/ledger/accounts.h"
#include "server/use_cases/ledger/transfers.h"
#include "server/use_cases/reward/redemptions.h"
#include "server/use_cases/reward/rewards.h"
#include "tests/use_cases/champion/champions.h"

namespace perigee::tests {

// A programme with the members ada, bob and cyd, who have 100 of `access` each, and the reward
// `seat` of price 40, whose changes are decided by the use cases and written to a real store.
class RewardsTest : public UnitsTest {
 protected:
  using State = domain::RedemptionState;
  using Redeemed = absl::StatusOr<domain::Redemption>;

  RewardsTest() {
    for (const char* id : {"ada", "bob", "cyd"}) {
      programme.AddMember(id);
      programme.Earn(id, 100, Now(), "access");
    }
    EXPECT_THAT(Create(Seat()), IsOk());
  }

  static domain::Reward Seat() {
    domain::Reward reward;
    reward.id = "seat";
    reward.display_name = "A seat";
    reward.asset = "access";
    reward.price = 40;
    reward.hold_days = 30;
    return reward;
  }
  absl::StatusOr<domain::Reward> Create(const domain::Reward& reward) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::CreateReward(reader, unit, "demo", reward);
    });
  }
  absl::StatusOr<domain::Reward> Change(const std::function<void(domain::Reward&)>& change,
                                        const std::string& etag = "") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::UpdateReward(reader, unit, "demo", "seat", {change, etag});
    });
  }
  Redeemed Redeem(const std::string& member, const std::string& reward = "seat") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::Redeem(reader, unit, "demo", member, reward);
    });
  }
  Redeemed Approve(const std::string& member, const std::string& id,
                   const use_cases::Judge& judge = Person(1)) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::ApproveRedemption(reader, unit, {"demo", member, id}, judge);
    });
  }
  Redeemed Fulfil(const std::string& member, const std::string& id,
                  const use_cases::Judge& judge = Person(2)) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::FulfilRedemption(reader, unit, {"demo", member, id}, judge);
    });
  }
  Redeemed Reject(const std::string& member, const std::string& id) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::RejectRedemption(reader, unit, {"demo", member, id}, "full");
    });
  }
  Redeemed Cancel(const std::string& member, const std::string& id) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::CancelRedemption(reader, unit, {"demo", member, id});
    });
  }
  Redeemed Return(const std::string& member, const std::string& id) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::ReturnRedemption(reader, unit, {"demo", member, id}, "no talk");
    });
  }
  static use_cases::Judge Person(std::uint8_t n) {
    use_cases::Judge judge;
    judge.id.bytes = {0xFE, n};
    return judge;
  }
  use_cases::Judge JudgeNamed(const std::string& member) {
    return {programme.KeyOf(member), {programme.KeyOf(member)}};
  }

  // What the person has of `access`, and what of that is not held.
  std::int64_t BalanceOf(const std::string& member) { return AccountOf(member).balance; }
  std::int64_t AvailableOf(const std::string& member) {
    std::int64_t available = 0;
    programme.Read([&](ports::StoreReader& reader) {
      const auto account = use_cases::RequireAccount(
          reader, {.program = "demo", .asset = "access", .member_id = member});
      available = use_cases::AvailableAt(reader, *account, Now()).value();
      return absl::OkStatus();
    });
    return available;
  }
  domain::Reward Stored(const std::string& id = "seat") {
    domain::Reward reward;
    programme.Read([&](ports::StoreReader& reader) {
      reward = use_cases::RequireReward(reader, "demo", id).value();
      return absl::OkStatus();
    });
    return reward;
  }
  std::optional<int> LeftOf(const std::string& id = "seat") {
    std::optional<int> left;
    programme.Read([&](ports::StoreReader& reader) {
      left = use_cases::StockLeftAt(reader, "demo", Stored(id), Now()).value();
      return absl::OkStatus();
    });
    return left;
  }
  std::vector<domain::Redemption> All() {
    std::vector<domain::Redemption> all;
    programme.Read([&](ports::StoreReader& reader) {
      all = reader.records().List<domain::Redemption>("demo", {}, nullptr, 1000).value();
      return absl::OkStatus();
    });
    return all;
  }
  State StateOf(const std::string& id) {
    for (const domain::Redemption& one : All()) {
      if (one.id == id) {
        return domain::StateOf(one, Now());
      }
    }
    return State::kRequested;
  }
  void Go(Duration ahead) { programme.clock.Set(Now() + ahead); }
  Time Now() { return programme.clock.Now(); }

 private:
  domain::Account AccountOf(const std::string& member) {
    domain::Account account;
    programme.Read([&](ports::StoreReader& reader) {
      account = use_cases::TotalOf(
                    *use_cases::RequireAccount(
                        reader, {.program = "demo", .asset = "access", .member_id = member}))
                    .value();
      return absl::OkStatus();
    });
    return account;
  }
};

}  // namespace perigee::tests
