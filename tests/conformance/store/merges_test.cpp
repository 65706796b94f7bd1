#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "server/domain/record/wire.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/use_cases/member/erase_member.h"
#include "server/use_cases/member/merges.h"
#include "server/use_cases/member/traits.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

ports::Unit Merging(const std::string& into, const std::string& from) {
  return UnitOf([=](ports::StoreReader& reader, const ports::UnitContext& unit) {
    return use_cases::MergeMembers(reader, unit, {kProgram, into, from, ""});
  });
}

ports::Unit Parting(const std::string& member) {
  return UnitOf([=](ports::StoreReader& reader, const ports::UnitContext& unit) {
    return use_cases::UnmergeMember(reader, unit, {kProgram, member, ""});
  });
}

// The bytes of a member without what says when it last changed, and its accounts.
std::vector<std::string> RowsOf(ports::StoreReader& reader, const domain::MemberKey& key) {
  domain::Member member = reader.members().FindByKeys(kProgram, {&key, 1}).value().at(0);
  member.update_time = kStart;
  std::vector<std::string> rows = {domain::EncodeRecord(domain::TypeOf<domain::Member>(), &member,
                                                        domain::WireSink::Part::kAll)};
  const auto accounts = reader.ledger().AccountsOf(kProgram, key).value();
  for (const domain::Account& account : accounts) {
    rows.push_back(account.ref.asset + " " + std::to_string(account.balance));
  }
  return rows;
}

}  // namespace

TEST_P(StoreConformance, AnUnmergeLeavesTheRowsAsTheyWere) {
  MakeProgram();
  Grant(ada_, 5, kStart, kSpendable);
  Grant(bob_, 7, kStart, kSpendable);
  ASSERT_THAT(Write(UnitOf([](ports::StoreReader& reader, const ports::UnitContext& unit) {
                return use_cases::StateFacet(reader, unit, {kProgram, "bob", "cyclist"},
                                             std::nullopt, std::nullopt);
              })),
              IsOk());
  const auto rows = [&] {
    return Reading<std::vector<std::string>>([&](ports::StoreReader& reader) {
      std::vector<std::string> both = RowsOf(reader, ada_);
      const std::vector<std::string> bobs = RowsOf(reader, bob_);
      both.insert(both.end(), bobs.begin(), bobs.end());
      return absl::StatusOr<std::vector<std::string>>(both);
    });
  };
  const auto person = [&] {
    return Reading<std::vector<domain::MemberKey>>(
        [&](ports::StoreReader& reader) -> absl::StatusOr<std::vector<domain::MemberKey>> {
          return reader.members().Merged(kProgram).value().AllOf(ada_);
        });
  };
  const std::vector<std::string> before = rows();
  ASSERT_THAT(Write(Merging("ada", "bob")), IsOk());
  EXPECT_THAT(person(), testing::ElementsAre(ada_, bob_));
  EXPECT_NE(rows(), before);
  ASSERT_THAT(Write(Parting("bob")), IsOk());
  EXPECT_THAT(person(), testing::ElementsAre(ada_));
  EXPECT_EQ(rows(), before);
}

TEST_P(StoreConformance, OneUnitErasesAllMembersOfAPerson) {
  MakeProgram();
  Grant(ada_, 5, kStart, kSpendable);
  Grant(bob_, 7, kStart, kSpendable);
  ASSERT_THAT(Write(Merging("ada", "bob")), IsOk());
  const Outcome erased =
      Write({kProgram, std::nullopt, kStart,
             [](ports::StoreReader& reader,
                const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
               ports::Decision decision;
               decision.changes =
                   use_cases::DecideErasure(reader, context, {kProgram, "bob", ""}).value();
               return decision;
             }});
  ASSERT_THAT(erased, IsOk());
  Reading<int>([&](ports::StoreReader& reader) -> absl::StatusOr<int> {
    for (const char* id : {"ada", "bob"}) {
      EXPECT_FALSE(reader.members().Find(kProgram, id).value().has_value()) << id;
    }
    EXPECT_TRUE(reader.members().Merged(kProgram).value().empty());
    const auto own = reader.ledger().Books(kProgram).FindAccount(
        ProgramAccount(domain::kForfeitedAccount, kSpendable));
    EXPECT_EQ(own.value()->balance, 12);
    return 0;
  });
}

}  // namespace perigee::tests
