// Tests with the data set ledger-cases-a, the cases of another double-entry ledger. Where our rule
// differs, the test says so and checks our rule.

#include <algorithm>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/domain/ledger/ledger.h"
#include "tests/matchers/status.h"
#include "tests/support/ledger_desk.h"
#include "tests/support/need.h"
#include "tests/support/shared_data.h"

namespace perigee::tests {
namespace {

using domain::AccountRef;
using domain::TransferDraft;
using nlohmann::json;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

// The account for `A4` or `A9(missing)`: an account of the programme, in one asset.
AccountRef Ref(const std::string& name) {
  return Own("points", "a" + name.substr(1, name.find('(') - 1));
}

// An amount such as 123 or `max-700`. Their max is our largest amount.
std::int64_t Amount(const json& value) {
  if (value.is_number()) {
    return value.get<std::int64_t>();
  }
  const auto text = value.get<std::string>();
  return text == "max" ? kMax : kMax - std::stoll(text.substr(text.find('-') + 1));
}

class LedgerCasesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(SharedData("ledger-cases-a/cases.json"));
    if (!file) {
      PERIGEE_SKIP_OR_FAIL("the data set ledger-cases-a is not on this machine");
    }
    for (const json& entry : json::parse(file)) {
      cases_[entry.at("id").get<std::string>()] = entry;
    }
    for (const std::string name : {"A1", "A2", "A3", "A4", "A5"}) {
      desk_.books.AddAccount({.ref = Ref(name), .overdraft = true});
    }
  }

  // Opens the accounts with the totals at the start of the case.
  void Start(const json& totals) {
    for (const auto& [name, total] : totals.items()) {
      const auto value = [&total = total](const char* key) {
        return total.contains(key) ? Amount(total.at(key)) : 0;
      };
      desk_.books.AddAccount({.ref = Ref(name),
                              .overdraft = !total.contains("rule"),
                              .balance = value("cr_posted") - value("dr_posted"),
                              .credits_pending = value("cr_pending"),
                              .debits_pending = value("dr_pending")});
    }
  }
  TransferDraft Draft(const json& op) const {
    TransferDraft draft{.debit = Ref(op[1].get<std::string>()),
                        .credit = Ref(op[2].get<std::string>()),
                        .amount = Amount(op[3])};
    if (op[4].get<std::string>().starts_with("pending")) {
      draft.expire_time = desk_.now + std::chrono::hours{1};
    }
    // Their ledger number is our asset.
    if (op[4].get<std::string>().ends_with("ledger 0")) {
      draft.debit.asset = draft.credit.asset = "none";
    }
    return draft;
  }
  void ExpectTotals(const json& expected) {
    for (const auto& [name, total] : expected.items()) {
      const domain::Account account = desk_.Account(Ref(name));
      EXPECT_EQ(account.debits_pending, total.at("dr_pending")) << name;
      EXPECT_EQ(account.credits_pending, total.at("cr_pending")) << name;
      EXPECT_EQ(account.balance, total.at("cr_posted").get<std::int64_t>() -
                                     total.at("dr_posted").get<std::int64_t>())
          << name;
    }
  }

  std::map<std::string, json> cases_;
  LedgerDesk desk_;
};

TEST_F(LedgerCasesTest, EveryCaseOfTheDataSetHasATestHere) {
  std::set<std::string> ids;
  for (const auto& [id, entry] : cases_) {
    ids.insert(id);
  }
  EXPECT_THAT(ids, testing::ElementsAre("failed-id-not-reusable", "idempotent-retry",
                                        "linked-accounts", "linked-chain-undone", "overflow-edges",
                                        "posting", "validation-order"));
}

TEST_F(LedgerCasesTest, Posting) {
  const json& entry = cases_.at("posting");
  Start(entry.at("start"));
  for (const json& op : entry.at("ops")) {
    ASSERT_EQ(op[5], "created");
    EXPECT_THAT(desk_.Post(Draft(op)), IsOk()) << op;
  }
  ExpectTotals(entry.at("expected"));
}

// Their transfers bring their ids. Our ids are made when a transfer is recorded, and the request_id
// makes a retry safe; the store checks it before it asks the ledger. So the ledger takes the same
// content again as another transfer.
TEST_F(LedgerCasesTest, IdempotentRetry) {
  const json& entry = cases_.at("idempotent-retry");
  std::set<domain::TransferId> ids;
  for (const json& op : entry.at("ops")) {
    const auto id = desk_.Post(Draft(op));
    ASSERT_THAT(id, IsOk()) << op;
    EXPECT_TRUE(ids.insert(*id).second) << op;
  }
  EXPECT_EQ(ids.size(), entry.at("ops").size());
}

// Their failed id stays failed. Our refused try has no effect at all, so a later try passes with
// the id that was never used.
TEST_F(LedgerCasesTest, FailedIdNotReusable) {
  const json& entry = cases_.at("failed-id-not-reusable");
  Start(entry.at("start"));
  const std::map<std::string, Reason> refused = {{"debit_account_not_found", Reason::kNotFound},
                                                 {"exceeds_credits", Reason::kInsufficientFunds}};
  int passed = 0;
  for (const json& op : entry.at("ops")) {
    const domain::Revision before = desk_.head;
    const auto id = desk_.Post(Draft(op));
    const auto result = op[5].get<std::string>();
    if (result == "id_already_failed") {
      ASSERT_THAT(id, IsOk()) << op;
      EXPECT_EQ(id->revision, before + 1);
      ++passed;
    } else {
      EXPECT_THAT(id, HasReason(refused.at(result))) << op;
    }
  }
  EXPECT_EQ(passed, 2);
}

// A fault that both ledgers know, by their name: our reason, and the change that gives a good draft
// the fault.
struct Fault {
  std::string name;
  Reason reason;
  std::function<void(TransferDraft&)> make;
};

// The checks that both ledgers have come in the same order: a draft with a fault and all later ones
// is refused for that fault.
TEST_F(LedgerCasesTest, ValidationOrder) {
  const std::vector<Fault> faults = {
      {"accounts_must_be_different", Reason::kInvalidField,
       [](TransferDraft& d) { d.credit = d.debit; }},
      {"debit_account_not_found", Reason::kNotFound,
       [](TransferDraft& d) { d.debit = Own("points", "a8"); }},
      {"credit_account_not_found", Reason::kNotFound,
       [](TransferDraft& d) { d.credit = Own("points", "a9"); }},
      {"accounts_must_have_the_same_ledger", Reason::kAssetMismatch,
       [](TransferDraft& d) { d.credit = Of("access", 1); }},
      {"overflows_debits", Reason::kAmountOverflow, [](TransferDraft& d) { d.amount = kMax; }},
      {"exceeds_credits", Reason::kInsufficientFunds, [](TransferDraft& d) { d.amount = 11; }},
  };
  // We have one check or no field where they have these.
  const std::set<std::string> not_ours = {"id_must_not_be_zero",
                                          "id_must_not_be_max",
                                          "debit_account_must_not_be_zero",
                                          "credit_account_must_not_be_zero",
                                          "timeout_only_for_pending",
                                          "ledger_must_not_be_zero",
                                          "code_must_not_be_zero",
                                          "transfer_must_have_the_same_ledger",
                                          "overflows_debits_pending",
                                          "overflows_credits_pending",
                                          "overflows_debits_posted",
                                          "overflows_credits_posted",
                                          "overflows_credits",
                                          "overflows_timeout",
                                          "exceeds_debits"};
  std::vector<std::string> theirs;
  for (const json& name : cases_.at("validation-order").at("ops_fail_in_this_order")) {
    if (!not_ours.contains(name.get<std::string>())) {
      theirs.push_back(name.get<std::string>());
    }
  }
  std::vector<std::string> ours;
  for (const Fault& fault : faults) {
    ours.push_back(fault.name);
  }
  EXPECT_EQ(ours, theirs);

  // The account has 10 available, and `max` more does not fit into the balance of the other.
  desk_.books.AddAccount({.ref = Ref("A4"), .balance = 10});
  desk_.books.AddAccount({.ref = Ref("A1"), .overdraft = true, .balance = 1});
  for (std::size_t first = 0; first < faults.size(); ++first) {
    TransferDraft draft{.debit = Ref("A4"), .credit = Ref("A1"), .amount = 1};
    // Later faults come first, so that they do not undo this one.
    for (std::size_t i = faults.size(); i-- > first;) {
      faults[i].make(draft);
    }
    EXPECT_THAT(desk_.Post(draft), HasReason(faults[first].reason)) << faults[first].name;
  }
}

TEST_F(LedgerCasesTest, OverflowEdges) {
  const json& entry = cases_.at("overflow-edges");
  Start(entry.at("start"));
  const json& amounts = entry.at("amounts_that_must_overflow");
  const auto draft = [&](const std::string& what, std::int64_t amount) {
    const bool debits = what.ends_with("debits");
    TransferDraft made{
        .debit = Ref(debits ? "A1" : "A2"), .credit = Ref(debits ? "A2" : "A3"), .amount = amount};
    if (what.starts_with("pending ")) {
      made.expire_time = desk_.now + std::chrono::hours{1};
    }
    return made;
  };
  for (const auto& [what, amount] : amounts.items()) {
    EXPECT_THAT(desk_.Post(draft(what, Amount(amount))), HasReason(Reason::kAmountOverflow))
        << what;
  }
  // The limit for posted and pending together is the tightest, and exactly 1 above an amount that
  // fits.
  for (const std::string side : {"debits", "credits"}) {
    const std::int64_t most = Amount(amounts.at("pending+posted " + side)) - 1;
    domain::LedgerUnit unit = desk_.Unit();
    EXPECT_THAT(unit.Post(draft("pending " + side, most)), IsOk()) << side;
    domain::LedgerUnit other = desk_.Unit();
    EXPECT_THAT(other.Post(draft("posted " + side, most)), IsOk()) << side;
  }
}

// A chain is a unit of work. Its first refusal is the unit's refusal, and the unit has no effect.
TEST_F(LedgerCasesTest, LinkedChainUndone) {
  const json& entry = cases_.at("linked-chain-undone");
  absl::Status status;
  domain::LedgerUnit unit = desk_.Unit();
  int passed = 0;
  for (const json& op : entry.at("ops")) {
    const auto id = unit.Post(Draft(op));
    if (!id.ok()) {
      status = id.status();
      break;
    }
    ++passed;
  }
  EXPECT_EQ(passed, 1);
  EXPECT_THAT(status, HasReason(Reason::kNotFound));
  ExpectTotals(entry.at("expected"));
  EXPECT_THAT(desk_.books.transfers(), testing::IsEmpty());
}

// Accounts of members open with their first transfer, so a refused chain opens none.
TEST_F(LedgerCasesTest, LinkedAccounts) {
  const json& entry = cases_.at("linked-accounts");
  const auto member = [](char digit) {
    return Of("points", static_cast<std::uint8_t>(digit - '0'));
  };
  for (const json& op : entry.at("ops")) {
    const auto text = op.get<std::string>();
    const std::string names = text.substr(0, text.find(": "));
    const bool fails = text.find("fail") != std::string::npos;
    const absl::Status status = desk_.Run([&](domain::LedgerUnit& unit) -> absl::Status {
      for (std::size_t at = names.find('A'); at != std::string::npos;
           at = names.find('A', at + 1)) {
        const auto id = unit.Post(
            {.debit = Own("points", "issued"), .credit = member(names[at + 1]), .amount = 1});
        if (!id.ok()) {
          return id.status();
        }
      }
      return fails ? unit.Post({.debit = Of("points", 9), .credit = Of("points", 8), .amount = 1})
                         .status()
                   : absl::OkStatus();
    });
    EXPECT_EQ(status.ok(), !fails) << text;
  }
  std::set<AccountRef> expected;
  for (const json& name : entry.at("expected_accounts")) {
    expected.insert(member(name.get<std::string>()[1]));
  }
  std::set<AccountRef> opened;
  for (const auto& [ref, account] : desk_.books.accounts()) {
    if (ref.IsMember()) {
      opened.insert(ref);
    }
  }
  EXPECT_EQ(opened, expected);
}

}  // namespace
}  // namespace perigee::tests
