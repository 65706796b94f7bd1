#include "server/use_cases/member/erase_member.h"

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/access/role_grant.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/access/access.h"
#include "server/use_cases/ledger/transfers.h"
#include "server/use_cases/write_and_wait.h"
#include "tests/matchers/status.h"
#include "tests/use_cases/programme_reader.h"

namespace perigee::tests {
namespace {

using domain::TransferKind;

class EraseMemberTest : public testing::Test {
 protected:
  EraseMemberTest() {
    programme.AddMember("ada");
    programme.AddMember("bob");
    programme.Earn("ada", 70, programme.clock.Now());
    programme.Earn("bob", 40, programme.clock.Now());
    programme.Earn("ada", 20, programme.clock.Now(), "access");
    programme.Earn("bob", 20, programme.clock.Now(), "access");
    ada = Find("ada").key;
    bob = Find("bob").key;
  }

  domain::Member Find(const std::string& id) {
    domain::Member member;
    programme.Read([&](ports::StoreReader& reader) {
      member = reader.members().Find("demo", id).value().value_or(domain::Member());
      return absl::OkStatus();
    });
    return member;
  }
  domain::AccountRef Access(const domain::MemberKey& member) { return {"access", member, ""}; }
  void Hold(const domain::AccountRef& from, const domain::AccountRef& to, std::int64_t amount,
            Duration time = std::chrono::hours(1)) {
    programme.Ledger([&](domain::LedgerUnit& ledger) {
      domain::TransferDraft draft;
      draft.debit = from;
      draft.credit = to;
      draft.amount = amount;
      draft.expire_time = programme.clock.Now() + time;
      EXPECT_THAT(ledger.Post(draft), IsOk());
    });
  }
  absl::StatusOr<ports::Outcome> Erase(const std::string& id, const std::string& etag = "") {
    ports::Unit unit;
    unit.program = "demo";
    unit.now = programme.clock.Now();
    unit.request = ports::RequestKey{Uuid{{1}}, Sha256(id)};
    return use_cases::EraseMember(
        programme.store(), unit, {"demo", id, etag},
        [](ports::Revision revision) { return std::to_string(revision); });
  }
  // The accounts of a member, or the programme's own, by asset.
  std::map<std::string, domain::Account> Accounts(const domain::MemberKey& member) {
    std::map<std::string, domain::Account> accounts;
    programme.Read([&](ports::StoreReader& reader) {
      const auto found = reader.ledger().AccountsOf("demo", member).value();
      for (const domain::Account& account : found) {
        accounts[account.ref.asset + account.ref.account] = account;
      }
      return absl::OkStatus();
    });
    return accounts;
  }
  void ExpectBalanced() {
    programme.Read([&](ports::StoreReader& reader) {
      const auto all = reader.ledger().TotalAssets("demo").value();
      for (const ports::AssetTotals& totals : all) {
        EXPECT_EQ(totals.imbalance, 0) << totals.asset;
      }
      return absl::OkStatus();
    });
  }

  Programme programme;
  domain::MemberKey ada, bob;
};

TEST_F(EraseMemberTest, WhatIsLeftIsForfeitedAndHoldsOnEitherSideEnd) {
  Hold(Access(ada), Access(bob), 5);
  Hold(Access(bob), Access(ada), 6);
  const auto erased = Erase("ada", domain::Etag(Find("ada").revision));
  ASSERT_THAT(erased, IsOk());
  EXPECT_EQ(erased->answer, std::to_string(erased->revision));
  EXPECT_TRUE(Find("ada").id.empty());
  for (const auto& [asset, account] : Accounts(ada)) {
    EXPECT_EQ(account.balance, 0) << asset;
    EXPECT_EQ(account.credits_pending, 0) << asset;
    EXPECT_EQ(account.debits_pending, 0) << asset;
  }
  const auto others = Accounts(bob);
  EXPECT_EQ(others.at("access").balance, 20);
  EXPECT_EQ(others.at("access").Available(), 20);
  EXPECT_EQ(others.at("reputation").balance, 40);
  const auto own = Accounts({});
  EXPECT_EQ(own.at("accessforfeited").balance, 20);
  EXPECT_EQ(own.at("reputationforfeited").balance, 70);
  ExpectBalanced();
}

TEST_F(EraseMemberTest, AHoldThatHasExpiredTimesOut) {
  Hold(Access(ada), {"access", {}, "spent"}, 5, std::chrono::seconds(1));
  programme.clock.Advance(std::chrono::seconds(1));
  const auto erased = Erase("ada");
  ASSERT_THAT(erased, IsOk());
  programme.Read([&](ports::StoreReader& reader) {
    const auto made = reader.ledger().TransfersOf("demo", erased->revision).value();
    EXPECT_EQ(made.at(0).kind, TransferKind::kTimeout);
    return absl::OkStatus();
  });
  EXPECT_EQ(Accounts({}).at("accessforfeited").balance, 20);
}

TEST_F(EraseMemberTest, ASecondErasureFindsNobody) {
  ASSERT_THAT(Erase("ada"), IsOk());
  ports::Unit unit;
  unit.program = "demo";
  unit.now = programme.clock.Now();
  EXPECT_THAT(use_cases::EraseMember(programme.store(), unit, {"demo", "ada", ""},
                                     [](ports::Revision) { return ""; }),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(use_cases::EraseMember(programme.store(), unit, {"demo", "eve", ""},
                                     [](ports::Revision) { return ""; }),
              HasReason(Reason::kNotFound));
}

TEST_F(EraseMemberTest, ARetryGetsTheFirstAnswer) {
  const auto first = Erase("ada");
  ASSERT_THAT(first, IsOk());
  programme.DoWhatIsDue();
  const auto again = Erase("ada");
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->answer, first->answer);
}

TEST_F(EraseMemberTest, AnotherEtagErasesNobody) {
  EXPECT_THAT(Erase("ada", "r1"), HasReason(Reason::kEtagMismatch));
  EXPECT_EQ(Find("ada").id, "ada");
  EXPECT_EQ(Accounts(ada).at("access").balance, 20);
}

TEST_F(EraseMemberTest, TheGrantsOfTheMembersSubjectsGo) {
  const auto write = [&](auto decide) {
    ports::Unit unit;
    unit.program = "demo";
    unit.now = programme.clock.Now();
    unit.decide = [decide](ports::StoreReader& reader,
                           const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
      auto decided = decide(reader, context);
      EXPECT_THAT(decided, IsOk());
      return ports::Decision{decided->changes, ""};
    };
    EXPECT_THAT(use_cases::WriteAndWait(programme.store(), std::move(unit)), IsOk());
  };
  const auto grant = [&](const std::string& id, const std::string& subject) {
    write([=](ports::StoreReader& reader, const ports::UnitContext& unit) {
      return use_cases::CreateRoleGrant(
          reader, unit, "demo",
          {id, Uuid{{7}}, domain::Role::kModerator, {"issuer", subject}, std::nullopt});
    });
  };
  const auto identify = [&](const std::string& id, const std::string& subject) {
    write([=](ports::StoreReader& reader, const ports::UnitContext& unit) {
      return use_cases::CreateIdentity(reader, unit, "demo", "ada", {id, {"issuer", subject}});
    });
  };
  grant("before", "early");  // With a pseudonym of its own.
  identify("i1", "early");
  identify("i2", "late");
  // A link to somebody else is not that person.
  write([=](ports::StoreReader& reader, const ports::UnitContext& unit) {
    return use_cases::CreateIdentity(reader, unit, "demo", "ada",
                                     {"l1", {"issuer", "somebody"}, true, 50});
  });
  grant("after", "late");  // With the member's pseudonym.
  grant("other", "somebody");
  ASSERT_THAT(Erase("ada"), IsOk());
  programme.Read([&](ports::StoreReader& reader) {
    const auto left = reader.records().List<domain::RoleGrant>("demo", {}, nullptr, 10).value();
    EXPECT_EQ(left.size(), 1U);
    EXPECT_EQ(left.at(0).id, "other");
    EXPECT_THAT(reader.records().List<domain::Identity>("demo", {}, nullptr, 10).value(),
                testing::IsEmpty());
    return absl::OkStatus();
  });
}

TEST_F(EraseMemberTest, ATransferOfAnErasedMemberIsNotReversed) {
  domain::TransferId given;
  programme.Ledger([&](domain::LedgerUnit& ledger) {
    given = ledger.Post({.debit = Access(ada), .credit = Access(bob), .amount = 3}).value();
  });
  ASSERT_THAT(Erase("ada"), IsOk());
  const auto reversed =
      Decide(programme, [&](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return use_cases::ReverseTransfer(reader, unit, {"demo", given}, 0);
      });
  EXPECT_THAT(reversed, HasReason(Reason::kNotReversible));
}

TEST_F(EraseMemberTest, HoldsAndLotsAboveTheBoundsEndBeforeTheErasure) {
  constexpr int kHolds = use_cases::kVoidedMax + 50;
  constexpr int kLots = static_cast<int>(domain::kLotUsesMax) + 400;
  programme.Ledger([&](domain::LedgerUnit& ledger) {
    for (int i = 0; i < kLots; ++i) {
      EXPECT_THAT(
          ledger.Post({.debit = {"access", {}, "issued"}, .credit = Access(ada), .amount = 1}),
          IsOk());
    }
    for (int i = 0; i < kHolds; ++i) {
      EXPECT_THAT(ledger.Post({.debit = {"access", {}, "issued"},
                               .credit = Access(ada),
                               .amount = 1,
                               .expire_time = programme.clock.Now() + std::chrono::hours(1)}),
                  IsOk());
    }
  });
  const domain::Revision before = programme.head;
  const auto erased = Erase("ada");
  ASSERT_THAT(erased, IsOk());
  EXPECT_GT(erased->revision, before + 1);
  EXPECT_LE(erased->revision, before + 4);
  EXPECT_EQ(Accounts(ada).at("access").balance, 0);
  EXPECT_EQ(Accounts({}).at("accessforfeited").balance, 20 + kLots);
  ExpectBalanced();
}

}  // namespace
}  // namespace perigee::tests
