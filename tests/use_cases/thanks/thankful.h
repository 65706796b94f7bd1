#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "server/domain/thanks/promise.h"
#include "server/domain/thanks/thanks.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/thanks/thanks_reader.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/program/programs.h"
#include "server/use_cases/rule/rules.h"
#include "server/use_cases/thanks/promises.h"
#include "server/use_cases/thanks/reciprocity.h"
#include "server/use_cases/thanks/thanks.h"
#include "tests/use_cases/champion/champions.h"

namespace perigee::tests {

// A programme with the members ada, bob, cyd and dan, who give at most three thanks a week.
class ThankfulTest : public UnitsTest {
 protected:
  ThankfulTest() {
    for (const char* id : {"ada", "bob", "cyd", "dan"}) {
      programme.AddMember(id);
    }
  }

  absl::StatusOr<domain::Thanks> Give(const std::string& giver, const std::string& receiver,
                                      domain::Revision promise = 0) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::GiveThanks(reader, unit, "demo", {giver, receiver, "for all", "", promise});
    });
  }
  absl::StatusOr<domain::Thanks> Withdraw(domain::Revision id, const std::string& member) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::WithdrawThanks(reader, unit, "demo", id, member);
    });
  }
  domain::ThanksBudget BudgetOf(const std::string& member) {
    domain::ThanksBudget budget;
    programme.Read([&](ports::StoreReader& reader) -> absl::Status {
      const auto program = use_cases::RequireProgram(reader, "demo").value();
      const auto merged = reader.members().Merged("demo").value();
      budget = use_cases::BudgetOf(reader, program, merged.AllOf(programme.KeyOf(member)),
                                   programme.clock.Now())
                   .value();
      return absl::OkStatus();
    });
    return budget;
  }
  void Change(const std::function<void(domain::Program&)>& change) {
    EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                  return use_cases::UpdateProgram(reader, unit, "demo", {change});
                }),
                IsOk());
  }
  absl::StatusOr<domain::Promise> Promise(const std::string& member, domain::PromiseKind kind,
                                          Time due) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::MakePromise(reader, unit, "demo", {member, kind, "a visit", due, {}});
    });
  }
  absl::StatusOr<domain::Promise> Move(domain::Revision id, domain::PromiseMove move) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::MovePromise(reader, unit, "demo", id, move);
    });
  }
  absl::Status Merge(const std::string& into, const std::string& from) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::MergeMembers(reader, unit, {"demo", into, from, ""});
           })
        .status();
  }
  void Erase(const std::string& id) {
    ports::Unit unit;
    unit.program = "demo";
    unit.now = Now();
    EXPECT_THAT(use_cases::EraseMember(programme.store(), unit, {"demo", id},
                                       [](ports::Revision) { return std::string(); }),
                IsOk());
  }
  // Thanks earn their receiver that much of the asset.
  void Reward(const std::string& asset, std::int64_t amount) {
    use_cases::RuleDraft draft;
    draft.rule.id = "thanked-" + asset;
    draft.rule.activity_type = domain::kThanksActivity;
    draft.rule.grants = {
        {.asset = asset, .beneficiary = domain::Beneficiary::kRecipient, .amount = amount}};
    EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                  return use_cases::CreateRule(reader, unit, "demo", draft);
                }),
                IsOk());
  }
  std::int64_t BalanceOf(const std::string& member, const std::string& asset) {
    std::int64_t balance = 0;
    const domain::AccountRef ref{asset, programme.KeyOf(member), ""};
    programme.Read([&](ports::StoreReader& reader) -> absl::Status {
      const auto account = reader.ledger().Books("demo").FindAccount(ref).value();
      balance = account.has_value() ? account->balance : 0;
      return absl::OkStatus();
    });
    return balance;
  }
  template <class R>
  std::vector<R> All() {
    std::vector<R> all;
    programme.Read([&](ports::StoreReader& reader) {
      all = reader.records().List<R>("demo", {}, nullptr, 1000).value();
      return absl::OkStatus();
    });
    return all;
  }
  Time Now() { return programme.clock.Now(); }
};

}  // namespace perigee::tests
