#include <map>
#include <random>

#include <gmock/gmock.h>

#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {
namespace {

using Scores = std::map<domain::MemberKey, domain::Score>;

// The definition of scores, without an index or a query: a fold over all transfers.
Scores Fold(const std::vector<domain::Transfer>& transfers, Interval interval,
            domain::Revision revision, const domain::MergedMembers& merged = {}) {
  struct Total {
    std::int64_t score = 0;
    Time effective_time{};
  };
  std::map<std::pair<domain::MemberKey, domain::TransferId>, Total> roots;
  for (const domain::Transfer& transfer : transfers) {
    if (!interval.Contains(transfer.effective_time) ||
        (revision != 0 && transfer.id.revision > revision)) {
      continue;
    }
    const domain::TransferId root =
        transfer.kind == domain::TransferKind::kReversal ? *transfer.original : transfer.id;
    for (const domain::ScoreEffect& effect : domain::ScoreEffects(transfer)) {
      Total& total = roots[{merged.HeadOf(effect.member), root}];
      total.score += effect.score;
      total.effective_time = transfer.effective_time;
    }
  }
  Scores scores;
  for (const auto& [key, total] : roots) {
    if (total.score != 0) {
      domain::Score& score =
          scores.try_emplace(key.first, domain::Score{0, kBeginningOfTime}).first->second;
      score.score += total.score;
      score.reach_time = std::max(score.reach_time, total.effective_time);
    }
  }
  return scores;
}

}  // namespace

TEST_P(StoreConformance, AMemberStandsUntilEveryTransferIsReversed) {
  MakeProgram();
  const domain::TransferId first = Grant(ada_, 5);
  const domain::TransferId second = Grant(ada_, 3, kStart + std::chrono::hours(1));
  const auto score = [&](domain::Revision revision = 0) {
    return Reading<std::optional<domain::Score>>([&](ports::StoreReader& reader) {
      return reader.boards().FindScore(kProgram, kAsset, ada_, {}, revision);
    });
  };
  EXPECT_EQ(score(), (domain::Score{8, kStart + std::chrono::hours(1)}));
  EXPECT_EQ(score(2), (domain::Score{5, kStart}));
  const auto reverse = [&](domain::TransferId id, std::int64_t amount) {
    ASSERT_THAT(
        WriteLedger(
            [&](domain::LedgerUnit& ledger) { return ledger.Reverse(id, amount, "").status(); },
            kStart + std::chrono::hours(2)),
        IsOk());
  };
  reverse(second, 1);  // The rest of the transfer still counts in the score.
  EXPECT_EQ(score(), (domain::Score{7, kStart + std::chrono::hours(1)}));
  reverse(second, 0);
  EXPECT_EQ(score(), (domain::Score{5, kStart}));
  reverse(first, 0);
  EXPECT_EQ(score(), std::nullopt);
  EXPECT_EQ(score(3), (domain::Score{8, kStart + std::chrono::hours(1)}));
}

TEST_P(StoreConformance, ScoresAreTheFoldOfTheTransfers) {
  MakeProgram();
  const domain::MemberKey cyd = NumberedId(3);
  const domain::MemberKey dan = NumberedId(4);
  const std::vector<domain::MemberKey> members = {ada_, bob_, cyd, dan};
  domain::Changes changes;
  changes.records.Put(MakeMember(3, "cyd", 2));
  changes.records.Put(MakeMember(4, "dan", 2));
  ASSERT_THAT(WriteChanges(changes), IsOk());
  std::mt19937 random(1);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto any = [&] { return members[static_cast<std::size_t>(below(4))]; };
  std::vector<domain::TransferId> made;
  for (int i = 0; i < 200; ++i) {
    if (i % 4 == 3) {
      const domain::TransferId id =
          made[static_cast<std::size_t>(below(static_cast<int>(made.size())))];
      WriteLedger(
          [&](domain::LedgerUnit& ledger) { return ledger.Reverse(id, below(3), "").status(); },
          kStart + std::chrono::days(2))
          .IgnoreError();  // Some of them are reversed already.
    } else if (i % 4 == 2) {
      const Outcome sent = WriteLedger(
          [&](domain::LedgerUnit& ledger) {
            domain::TransferDraft draft;
            draft.debit = MemberAccount(any(), kSpendable);
            draft.credit = MemberAccount(any(), kSpendable);
            draft.amount = 1 + below(3);
            draft.effective_time = kStart + std::chrono::hours(below(40));
            return ledger.Post(draft).status();
          },
          kStart + std::chrono::days(2));
      if (sent.ok()) {  // Some have too little, or are both sides.
        made.push_back({sent->revision, 0});
      }
    } else {
      made.push_back(
          Grant(any(), 1 + below(4), kStart + std::chrono::hours(below(40)), kSpendable));
    }
  }
  const auto expect_fold = [&](const domain::MergedMembers& merged) {
    EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
      std::vector<domain::Transfer> transfers;
      const domain::Revision head = reader.journal().Head(kProgram).value();
      for (domain::Revision revision = 2; revision <= head; ++revision) {
        const auto of_unit = reader.ledger().TransfersOf(kProgram, revision).value();
        transfers.insert(transfers.end(), of_unit.begin(), of_unit.end());
      }
      const std::vector<Interval> intervals = {{},
                                               {kStart, kStart + std::chrono::hours(20)},
                                               {kStart + std::chrono::hours(20), kEndOfTime},
                                               {kStart, kStart}};
      for (const Interval& interval : intervals) {
        for (const domain::Revision revision : {domain::Revision{0}, head / 2, head}) {
          const Scores expected = Fold(transfers, interval, revision, merged);
          Scores all;
          const absl::Status visited = reader.boards().ForEachScore(
              kProgram, kSpendable, interval, revision, [&](const ports::MemberScore& score) {
                EXPECT_TRUE(all.emplace(score.member, score.score).second);
              });
          EXPECT_THAT(visited, IsOk());
          EXPECT_EQ(all, expected);
          const Scores alone = Fold(transfers, interval, revision);
          for (const domain::MemberKey& member : members) {
            const Scores& of = merged.HeadOf(member) == member ? expected : alone;
            const auto found =
                reader.boards().FindScore(kProgram, kSpendable, member, interval, revision).value();
            EXPECT_EQ(found.has_value(), of.contains(member));
            if (found.has_value()) {
              EXPECT_EQ(*found, of.at(member));
            }
          }
        }
        std::int64_t sum = 0;
        const auto parts =
            reader.boards().Contributions(kProgram, kSpendable, ada_, interval, 0, 1000).value();
        for (const ports::Contribution& part : parts) {
          sum += part.score;
          EXPECT_NE(part.score, 0);
        }
        const Scores expected = Fold(transfers, interval, 0, merged);
        EXPECT_EQ(sum, expected.contains(ada_) ? expected.at(ada_).score : 0);
      }
      return absl::OkStatus();
    }),
                IsOk());
  };
  domain::MergedMembers merged;
  expect_fold(merged);
  for (const domain::MemberKey& member : {bob_, cyd}) {
    merged.Set(member, ada_);
    ASSERT_THAT(SetHead(member, ada_), IsOk());
    expect_fold(merged);
  }
  for (const domain::MemberKey& member : {bob_, cyd}) {
    merged.Set(member, {});
    ASSERT_THAT(SetHead(member, {}), IsOk());
    expect_fold(merged);
  }
}

TEST_P(StoreConformance, ATransferBetweenMembersOfOnePersonCountsNothing) {
  MakeProgram();
  Grant(ada_, 5, kStart, kSpendable);
  const Outcome sent = WriteLedger(
      [&](domain::LedgerUnit& ledger) {
        domain::TransferDraft draft;
        draft.debit = MemberAccount(ada_, kSpendable);
        draft.credit = MemberAccount(bob_, kSpendable);
        draft.amount = 2;
        return ledger.Post(draft).status();
      },
      kStart + std::chrono::hours(1));
  ASSERT_THAT(sent, IsOk());
  const auto score = [&](const domain::MemberKey& member) {
    return Reading<std::optional<domain::Score>>([&](ports::StoreReader& reader) {
      return reader.boards().FindScore(kProgram, kSpendable, member, {}, 0);
    });
  };
  const auto contributions = [&] {
    return Reading<std::vector<ports::Contribution>>([&](ports::StoreReader& reader) {
             return reader.boards().Contributions(kProgram, kSpendable, bob_, {}, 0, 10);
           })
        .size();
  };
  const auto ada = score(ada_);
  EXPECT_EQ(ada, (domain::Score{3, kStart + std::chrono::hours(1)}));
  EXPECT_EQ(contributions(), 1U);

  ASSERT_THAT(SetHead(ada_, bob_), IsOk());
  EXPECT_EQ(score(bob_), (domain::Score{5, kStart}));
  EXPECT_EQ(contributions(), 1U) << "the grant alone";
  ASSERT_THAT(WriteLedger([&](domain::LedgerUnit& ledger) {
                return ledger.Reverse({sent->revision, 0}, 1, "").status();
              }),
              IsOk());
  EXPECT_EQ(score(bob_), (domain::Score{5, kStart}));

  ASSERT_THAT(SetHead(ada_, {}), IsOk());
  EXPECT_EQ(score(ada_), (domain::Score{4, kStart + std::chrono::hours(1)}));
  EXPECT_EQ(score(bob_), (domain::Score{1, kStart + std::chrono::hours(1)}));
}

TEST_P(StoreConformance, SpendingCostsNoScore) {
  MakeProgram();
  Grant(ada_, 5, kStart, kSpendable);
  ASSERT_THAT(WriteLedger([&](domain::LedgerUnit& ledger) {
                domain::TransferDraft draft;
                draft.debit = MemberAccount(ada_, kSpendable);
                draft.credit = ProgramAccount(domain::kSpentAccount, kSpendable);
                draft.amount = 4;
                return ledger.Post(draft).status();
              }),
              IsOk());
  const auto score = Reading<std::optional<domain::Score>>([&](ports::StoreReader& reader) {
    return reader.boards().FindScore(kProgram, kSpendable, ada_, {}, 0);
  });
  EXPECT_EQ(score, (domain::Score{5, kStart}));
}

// What is given back can be earned again, so a period's transfers may sum up to more than 64 bits.
TEST_P(StoreConformance, AScoreStopsAtItsLimit) {
  MakeProgram();
  constexpr std::int64_t kFive = 5'000'000'000'000'000'000;
  const domain::AccountRef ada = MemberAccount(ada_, kSpendable);
  const domain::AccountRef issued = ProgramAccount(domain::kIssuedAccount, kSpendable);
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(
        WriteLedger(
            [&](domain::LedgerUnit& ledger) -> absl::Status {
              const auto given = ledger.Post({.debit = issued, .credit = ada, .amount = kFive});
              return given.ok() ? ledger
                                      .Post({.debit = ada,
                                             .credit = issued,
                                             .amount = kFive,
                                             .effective_time = kStart - std::chrono::days(2)})
                                      .status()
                                : given.status();
            },
            kStart + std::chrono::days(1)),
        IsOk());
  }
  EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
    const Interval interval{kStart, kEndOfTime};
    const auto score = reader.boards().FindScore(kProgram, kSpendable, ada_, interval, 0).value();
    EXPECT_EQ(score->score, domain::kScoreMax);
    Scores all;
    EXPECT_THAT(reader.boards().ForEachScore(
                    kProgram, kSpendable, interval, 0,
                    [&](const ports::MemberScore& one) { all[one.member] = one.score; }),
                IsOk());
    EXPECT_EQ(all, (Scores{{ada_, *score}}));
    const auto assets = reader.ledger().TotalAssets(kProgram);
    for (const ports::AssetTotals& totals : assets.value()) {
      EXPECT_EQ(totals.imbalance, 0);
    }
    return absl::OkStatus();
  }),
              IsOk());
}

TEST_P(StoreConformance, ContributionsAreNewestEffectFirstAndNet) {
  MakeProgram();
  const domain::TransferId late = Grant(ada_, 5, kStart + std::chrono::hours(3));
  const domain::TransferId early = Grant(ada_, 7, kStart);
  const domain::TransferId gone = Grant(ada_, 2, kStart + std::chrono::hours(1));
  ASSERT_THAT(WriteLedger(
                  [&](domain::LedgerUnit& ledger) {
                    absl::Status status = ledger.Reverse(gone, 0, "").status();
                    return status.ok() ? ledger.Reverse(late, 1, "").status() : status;
                  },
                  kStart + std::chrono::hours(4)),
              IsOk());
  const auto parts = Reading<std::vector<ports::Contribution>>([&](ports::StoreReader& reader) {
    return reader.boards().Contributions(kProgram, kAsset, ada_, {}, 0, 10);
  });
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].transfer.id, late);
  EXPECT_EQ(parts[0].score, 4);
  EXPECT_EQ(parts[1].transfer.id, early);
  EXPECT_EQ(parts[1].score, 7);
}

TEST_P(StoreConformance, MembersChangedSinceAreThoseOfLaterTransfers) {
  MakeProgram();
  Grant(ada_, 5);
  Grant(bob_, 5);
  Grant(ada_, 5);
  const auto changed = [&](Interval interval, domain::Revision revision, int limit = 10) {
    return Reading<std::vector<domain::MemberKey>>([&](ports::StoreReader& reader) {
      return reader.boards().MembersChangedSince(kProgram, kAsset, interval, revision, limit);
    });
  };
  EXPECT_THAT(changed({}, 1), testing::ElementsAre(ada_, bob_));
  EXPECT_THAT(changed({}, 1, 1), testing::SizeIs(1));
  EXPECT_THAT(changed({}, 3), testing::ElementsAre(ada_));
  EXPECT_THAT(changed({}, 4), testing::IsEmpty());
  EXPECT_THAT(changed({kStart + Duration(1), kEndOfTime}, 1), testing::IsEmpty());
  EXPECT_THAT(changed({kStart, kStart + Duration(1)}, 3), testing::ElementsAre(ada_));
}

TEST_P(StoreConformance, MembersChangedSinceAreHeads) {
  MakeProgram();
  Grant(ada_, 5);
  const auto changed = [&](Interval interval, domain::Revision revision) {
    return Reading<std::vector<domain::MemberKey>>([&](ports::StoreReader& reader) {
      return reader.boards().MembersChangedSince(kProgram, kAsset, interval, revision, 10);
    });
  };
  const auto persons_changed = [&](Interval interval, domain::Revision revision) {
    return Reading<bool>([&](ports::StoreReader& reader) {
      return reader.boards().PersonsChangedSince(kProgram, kAsset, interval, revision);
    });
  };
  const Interval later{kStart + Duration(1), kEndOfTime};
  domain::Revision then = Head();
  EXPECT_FALSE(persons_changed({}, then));
  ASSERT_THAT(SetHead(ada_, bob_), IsOk());
  EXPECT_THAT(changed({}, then), testing::ElementsAre(ada_, bob_));
  EXPECT_TRUE(persons_changed({}, then));
  EXPECT_THAT(changed(later, then), testing::IsEmpty());
  EXPECT_FALSE(persons_changed(later, then));

  then = Head();
  EXPECT_THAT(changed({}, then), testing::IsEmpty());
  Grant(ada_, 1);
  EXPECT_THAT(changed({}, then), testing::ElementsAre(bob_));
  then = Head();
  domain::Member bob = MakeMember(2, "bob", Head() + 1);
  bob.standing = domain::Standing::kSuspended;
  domain::Changes suspend;
  suspend.records.Put(bob);
  ASSERT_THAT(WriteChanges(suspend), IsOk());
  EXPECT_THAT(changed({}, then), testing::ElementsAre(bob_)) << "the scores are ada's";
  EXPECT_FALSE(persons_changed({}, then));

  then = Head();
  ASSERT_THAT(SetHead(ada_, {}), IsOk());
  EXPECT_THAT(changed({}, then), testing::ElementsAre(ada_)) << "bob has no scores of his own";
  EXPECT_TRUE(persons_changed({}, then));
  EXPECT_FALSE(persons_changed({}, Head()));
}

TEST_P(StoreConformance, MembersChangedSinceAreThoseWhoseEligibilityChanged) {
  MakeProgram();
  Grant(ada_, 5);
  const domain::Revision then = Head();
  const auto put = [&](std::uint32_t n, domain::Standing standing) {
    domain::Member member = MakeMember(n, n == 1 ? "ada" : "bob", Head() + 1);
    member.standing = standing;
    member.display_name = "Renamed";
    domain::Changes changes;
    changes.records.Put(member);
    ASSERT_THAT(WriteChanges(changes), IsOk());
  };
  const auto changed = [&](Interval interval, domain::Revision revision) {
    return Reading<std::vector<domain::MemberKey>>([&](ports::StoreReader& reader) {
      return reader.boards().MembersChangedSince(kProgram, kAsset, interval, revision, 10);
    });
  };
  put(1, domain::Standing::kGood);
  EXPECT_THAT(changed({}, then), testing::IsEmpty());
  put(1, domain::Standing::kSuspended);
  put(2, domain::Standing::kSuspended);
  EXPECT_THAT(changed({}, then), testing::ElementsAre(ada_)) << "bob has no scores";
  EXPECT_THAT(changed({kStart + Duration(1), kEndOfTime}, then), testing::IsEmpty());
  EXPECT_THAT(changed({}, Head()), testing::IsEmpty());
}

}  // namespace perigee::tests
