// Runs random histories twice: in one programme bob is merged into ada and parted again, in the
// other one he is not. Every unit is one that the named member can afford alone. In the end each
// member has the same in both.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/status_macros.h"
#include "server/domain/ledger/ledger.h"
#include "server/use_cases/ledger/accounts.h"
#include "server/use_cases/ledger/statement.h"
#include "tests/matchers/status.h"
#include "tests/use_cases/ledger/merging_programme.h"

namespace perigee::tests {
namespace {

using domain::LedgerUnit;
using domain::TransferId;
using domain::TransferKind;
using Run = MergingProgramme;

const std::string kProgram = Run::kProgram;
constexpr int kMembers = 3;
constexpr const char* kNames[] = {"ada", "bob", "eve"};
constexpr const char* kAssets[] = {"points", "access"};  // Without lots, and with lots.

// What one member has of an asset, without what was pooled.
struct Standing {
  std::int64_t balance = 0;
  std::int64_t available = 0;
  std::int64_t in_lots = 0;
  std::vector<std::tuple<TransferKind, std::int64_t, std::string, std::string>> lines;
  bool operator==(const Standing&) const = default;
};

class TwoRuns {
 public:
  explicit TwoRuns(std::uint32_t seed) : random_(seed) {}

  void Steps(int count) {
    for (int i = 0; i < count; ++i) {
      const Duration time = std::chrono::minutes(Up(300));
      merged_.programme.clock.Advance(time);
      alone_.programme.clock.Advance(time);
      Step();
    }
  }

  void Merge() {
    merged_.SetHead("bob", "ada");
    alone_.SetHead("bob", "");
  }
  void Part() {
    merged_.SetHead("bob", "");
    alone_.SetHead("bob", "");
  }
  // Ends all holds that are still open.
  void EndHolds() {
    for (Run* run : {&merged_, &alone_}) {
      run->programme.clock.Advance(std::chrono::days(4));
      run->programme.DoWhatIsDue();
    }
  }

  void ExpectBooksInOrder() {
    merged_.programme.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(const auto totals, reader.ledger().TotalAssets(kProgram));
      for (const ports::AssetTotals& total : totals) {
        EXPECT_EQ(total.imbalance, 0) << total.asset;
      }
      return absl::OkStatus();
    });
    for (const char* asset : kAssets) {
      std::int64_t sums[2] = {};
      for (int member = 0; member < kMembers; ++member) {
        const Standing merged = StandingOf(merged_, asset, member);
        const Standing alone = StandingOf(alone_, asset, member);
        EXPECT_GE(merged.available, 0);
        if (member == 2) {
          EXPECT_EQ(merged.balance, alone.balance);
          EXPECT_EQ(merged.available, alone.available);
        } else {
          sums[0] += merged.balance - alone.balance;
          sums[1] += merged.available - alone.available;
        }
      }
      EXPECT_EQ(sums[0], 0);
      EXPECT_EQ(sums[1], 0);
    }
  }

  void ExpectSameForEachMember() {
    for (const char* asset : kAssets) {
      for (int member = 0; member < kMembers; ++member) {
        SCOPED_TRACE(std::string(asset) + " of " + kNames[member]);
        const Standing merged = StandingOf(merged_, asset, member);
        const Standing alone = StandingOf(alone_, asset, member);
        EXPECT_EQ(merged.balance, alone.balance);
        EXPECT_EQ(merged.available, alone.available);
        EXPECT_EQ(merged.in_lots, alone.in_lots);
        EXPECT_EQ(merged.lines, alone.lines);
      }
    }
  }

  // Each line of the person's statement follows from the one before it, however it is paged.
  void ExpectStatementOfThePerson() {
    merged_.programme.Read([&](ports::StoreReader& reader) -> absl::Status {
      for (const char* asset : kAssets) {
        PERIGEE_ASSIGN_OR_RETURN(const use_cases::AccountView person,
                                 use_cases::RequireAccount(reader, {kProgram, asset, "bob", ""}));
        EXPECT_EQ(person.name.member_id, "ada");
        PERIGEE_ASSIGN_OR_RETURN(const domain::Account total, use_cases::TotalOf(person));
        PERIGEE_ASSIGN_OR_RETURN(const auto all,
                                 use_cases::ReadStatement(reader, person, {}, 10'000));
        std::vector<TransferId> ids;
        for (std::size_t i = 0; i < all.size(); ++i) {
          ids.push_back(all[i].transfer.id);
          EXPECT_NE(all[i].transfer.kind, TransferKind::kPooling);
          const std::int64_t before = i + 1 < all.size() ? all[i + 1].balance_after : 0;
          EXPECT_EQ(all[i].balance_after, before + all[i].change);
        }
        EXPECT_TRUE(std::ranges::is_sorted(ids, std::greater()));
        EXPECT_EQ(all.empty() ? 0 : all.front().balance_after, total.balance);

        std::vector<ports::StatementLine> paged;
        const int page = 1 + static_cast<int>(Up(7));
        for (std::size_t had = 1; had != paged.size();) {
          had = paged.size();
          PERIGEE_ASSIGN_OR_RETURN(
              const auto more,
              use_cases::ReadStatement(
                  reader, person, paged.empty() ? TransferId{} : paged.back().transfer.id, page));
          paged.insert(paged.end(), more.begin(), more.end());
        }
        EXPECT_EQ(paged.size(), all.size());
        for (std::size_t i = 0; i < std::min(paged.size(), all.size()); ++i) {
          EXPECT_EQ(paged[i].transfer, all[i].transfer);
          EXPECT_EQ(paged[i].balance_after, all[i].balance_after);
        }
      }
      return absl::OkStatus();
    });
  }

  int made() const { return static_cast<int>(made_.size()); }
  int CountPoolings() {
    int count = 0;
    merged_.programme.Read([&](ports::StoreReader& reader) -> absl::Status {
      for (const char* asset : kAssets) {
        PERIGEE_ASSIGN_OR_RETURN(
            const auto lines,
            reader.ledger().Statement(kProgram, merged_.Of("bob", asset), {}, 10'000));
        count += static_cast<int>(std::ranges::count(
            lines, TransferKind::kPooling, [](const auto& line) { return line.transfer.kind; }));
      }
      return absl::OkStatus();
    });
    return count;
  }

 private:
  std::uint32_t Up(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }

  Standing StandingOf(Run& run, const std::string& asset, int member) {
    Standing standing;
    const auto side = [&](const domain::AccountRef& ref) {
      const auto name = std::ranges::find_if(
          kNames, [&](const char* known) { return run.Of(known, asset) == ref; });
      return name == std::end(kNames) ? ref.account : std::string(*name);
    };
    run.programme.Read([&](ports::StoreReader& reader) -> absl::Status {
      const domain::AccountRef ref = run.Of(kNames[member], asset);
      PERIGEE_ASSIGN_OR_RETURN(const auto account,
                               reader.ledger().Books(kProgram).FindAccount(ref));
      if (!account.has_value()) {
        return absl::OkStatus();
      }
      standing.balance = account->balance;
      PERIGEE_ASSIGN_OR_RETURN(
          standing.available,
          reader.ledger().AvailableAt(kProgram, *account, run.programme.clock.Now()));
      PERIGEE_ASSIGN_OR_RETURN(const auto lots,
                               reader.ledger().Books(kProgram).OpenLots(ref, {}, 10'000));
      for (const domain::Lot& lot : lots) {
        standing.in_lots += lot.remaining;
      }
      PERIGEE_ASSIGN_OR_RETURN(const auto lines,
                               reader.ledger().Statement(kProgram, ref, {}, 10'000));
      for (const ports::StatementLine& line : lines) {
        if (line.transfer.kind != TransferKind::kPooling) {
          standing.lines.emplace_back(line.transfer.kind, line.change, side(line.transfer.debit),
                                      side(line.transfer.credit));
        }
      }
      std::ranges::sort(standing.lines);  // A debit may end expired holds of the others sooner.
      return absl::OkStatus();
    });
    return standing;
  }

  // Decides alone. What is not refused there must not be refused here.
  void Step() {
    const std::string asset = kAssets[Up(2)];
    const int who = static_cast<int>(Up(kMembers));
    const int other = static_cast<int>(Up(kMembers));
    const std::int64_t amount = 1 + Up(20);
    const std::uint32_t kind = Up(10);
    const std::size_t place = made_.empty() ? 0 : Up(static_cast<std::uint32_t>(made_.size()));
    const std::int64_t part = Up(2) == 0 ? 0 : 1 + Up(6);
    const Duration age = std::chrono::days(Up(200));
    const Duration hold = std::chrono::hours(1 + Up(60));
    const auto call_in = [&](Run& run, TransferId made) -> Run::Call {
      return [=, &run](LedgerUnit& unit) -> absl::StatusOr<TransferId> {
        const domain::AccountRef own = run.Of(kNames[who], asset);
        const domain::AccountRef spent{asset, {}, "spent"};
        const Time now = run.programme.clock.Now();
        switch (kind) {
          case 0:
          case 1:
          case 2:
            return unit.Post({.debit = {asset, {}, "issued"},
                              .credit = own,
                              .amount = amount,
                              .effective_time = now - age});
          case 3:
          case 4:
            return unit.Post(
                {.debit = own, .credit = run.Of(kNames[other], asset), .amount = amount});
          case 5:
            return unit.Post({.debit = own, .credit = spent, .amount = amount});
          case 6:
            return unit.Post({.debit = own,
                              .credit = other == who ? spent : run.Of(kNames[other], asset),
                              .amount = amount,
                              .expire_time = now + hold});
          case 7:
            return unit.Capture(made, part);
          case 8:
            return unit.Void(made);
          default:
            return unit.Reverse(made, part, "");
        }
      };
    };
    const auto [in_merged, in_alone] =
        made_.empty() ? std::pair<TransferId, TransferId>() : made_[place];
    const auto alone = alone_.Try(call_in(alone_, in_alone));
    if (!alone.ok()) {
      return;
    }
    const auto merged = merged_.Try(call_in(merged_, in_merged));
    ASSERT_THAT(merged, IsOk());
    made_.emplace_back(*merged, *alone);
  }

  std::minstd_rand random_;
  Run merged_;
  Run alone_;
  std::vector<std::pair<TransferId, TransferId>> made_;
};

class MergedHistoryTest : public testing::TestWithParam<std::uint32_t> {};

TEST_P(MergedHistoryTest, AnUnmergeLeavesWhatThereWouldBeWithoutTheMerge) {
  TwoRuns runs(GetParam());
  runs.Steps(40);
  runs.Merge();
  for (int i = 0; i < 12; ++i) {
    runs.Steps(10);
    ASSERT_NO_FATAL_FAILURE(runs.ExpectBooksInOrder());
    ASSERT_NO_FATAL_FAILURE(runs.ExpectStatementOfThePerson());
    ASSERT_FALSE(HasFailure()) << i;
  }
  EXPECT_GT(runs.CountPoolings(), 0);
  runs.Part();
  runs.ExpectBooksInOrder();
  runs.Steps(40);
  runs.EndHolds();
  runs.ExpectSameForEachMember();
  EXPECT_GT(runs.made(), 80);
}

INSTANTIATE_TEST_SUITE_P(Seeds, MergedHistoryTest, testing::Range(1U, 7U));

}  // namespace
}  // namespace perigee::tests
