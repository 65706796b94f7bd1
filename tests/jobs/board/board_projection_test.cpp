#include "server/jobs/board/board_projection.h"

#include <atomic>
#include <chrono>
#include <future>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "tests/jobs/programme.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Cadence;
using domain::Scheme;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

std::vector<std::string> MembersOf(const std::vector<domain::RankedPlace>& places) {
  std::vector<std::string> members;
  for (const domain::RankedPlace& ranked : places) {
    members.push_back(ranked.place.member_id);
  }
  return members;
}

// Random changes of a programme.
class RandomHistory {
 public:
  RandomHistory(Programme& programme, unsigned seed) : programme_(programme), dice_(seed) {
    for (int i = 0; i < 12; ++i) {
      members_.push_back("m" + std::to_string(i));
      programme_.AddMember(members_.back());
    }
  }

  void Step() {
    switch (Roll(10)) {
      case 0:
        if (!earned_.empty()) {
          const std::size_t at = Roll(earned_.size());
          programme_.Reverse(earned_[at]);
          earned_.erase(earned_.begin() + static_cast<std::ptrdiff_t>(at));
        }
        return;
      case 1:
        programme_.ChangeMember(AnyMember(), [&](domain::Member& member) { Change(member); });
        return;
      case 2:
        Lose();
        return;
      default:
        earned_.push_back(
            programme_.Earn(AnyMember(), 1 + static_cast<std::int64_t>(Roll(5)), AnyTime()));
    }
  }

 private:
  std::size_t Roll(std::size_t sides) { return dice_() % sides; }
  const std::string& AnyMember() { return members_[Roll(members_.size())]; }
  // Whole hours make ties likely.
  Time AnyTime() { return programme_.clock.Now() - hours(Roll(24 * 9)); }

  void Change(domain::Member& member) {
    switch (Roll(4)) {
      case 0:
        member.board_opt_out = !member.board_opt_out;
        return;
      case 1:
        member.standing = member.standing == domain::Standing::kGood ? domain::Standing::kSuspended
                                                                     : domain::Standing::kGood;
        return;
      case 2:
        member.facets = member.facets.empty() ? std::vector<std::string>{"cyclist"}
                                              : std::vector<std::string>{};
        return;
      default:
        member.type = member.type == domain::MemberType::kPerson ? domain::MemberType::kStaff
                                                                 : domain::MemberType::kPerson;
    }
  }

  // A rule takes something back, perhaps in another period.
  void Lose() {
    const domain::MemberKey key = programme_.KeyOf(AnyMember());
    programme_.Ledger([&](domain::LedgerUnit& ledger) {
      domain::GrantDraft draft;
      draft.member = {"reputation", key, ""};
      draft.amount = -2;
      draft.effective_time = AnyTime();
      draft.rule = "penalty";
      draft.rule_version = 1;
      EXPECT_THAT(ledger.Grant(draft), IsOk());
    });
  }

  Programme& programme_;
  std::mt19937 dice_;
  std::vector<std::string> members_;
  std::vector<domain::TransferId> earned_;
};

struct Shape {
  Cadence cadence;
  Scheme scheme;
  std::string name;
};

class BoardHistoryTest : public testing::TestWithParam<Shape> {};

TEST_P(BoardHistoryTest, EveryPeriodEqualsTheStoreAfterEveryStep) {
  Programme programme;
  RandomHistory history(programme, 7);
  programme.PutBoard(MakeBoard("all", GetParam().cadence, GetParam().scheme));
  domain::Board cyclists = MakeBoard("cyclists", GetParam().cadence, GetParam().scheme);
  cyclists.facet = "cyclist";
  programme.PutBoard(cyclists);
  const std::string before =
      GetParam().cadence == Cadence::kDay || GetParam().cadence == Cadence::kRolling ? "2026-11-20"
      : GetParam().cadence == Cadence::kWeek                                         ? "2026-11-09"
                                                                                     : "current";
  for (int i = 0; i < 80; ++i) {
    history.Step();
    if (i % 8 > 4) {
      programme.clock.Advance(seconds(6));  // The boards rest.
    }
    if (i % 4 == 0) {
      for (const std::string board : {"all", "cyclists"}) {
        ASSERT_EQ(programme.Served(board), programme.Truth(board)) << "step " << i;
        ASSERT_EQ(programme.Served(board, before), programme.Truth(board, before)) << "step " << i;
      }
    }
  }
  EXPECT_LE(programme.telemetry.rebuilt("memory"), 4) << "built anew instead of kept up";
}

INSTANTIATE_TEST_SUITE_P(Shapes, BoardHistoryTest,
                         testing::Values(Shape{Cadence::kAllTime, Scheme::kCompetition, "AllTime"},
                                         Shape{Cadence::kDay, Scheme::kDense, "Day"},
                                         Shape{Cadence::kWeek, Scheme::kOrdinal, "Week"},
                                         Shape{Cadence::kMonth, Scheme::kDense, "Month"},
                                         Shape{Cadence::kRolling, Scheme::kCompetition, "Rolling"}),
                         [](const auto& param_info) { return param_info.param.name; });

class BoardProjectionTest : public testing::Test {
 protected:
  BoardProjectionTest() {
    for (const std::string member : {"ada", "bob", "cyd"}) {
      programme.AddMember(member);
    }
  }
  Time now() { return programme.clock.Now(); }

  Programme programme;
};

TEST_F(BoardProjectionTest, ALateActivityCountsInThePeriodOfItsEffect) {
  programme.PutBoard(MakeBoard("daily", Cadence::kDay));
  programme.Earn("ada", 5, now());
  EXPECT_THAT(MembersOf(programme.Served("daily")), testing::ElementsAre("ada"));
  EXPECT_THAT(programme.Served("daily", "2026-11-19"), testing::IsEmpty());

  programme.Earn("bob", 9, now() - days(2));

  EXPECT_THAT(MembersOf(programme.Served("daily")), testing::ElementsAre("ada"));
  EXPECT_THAT(MembersOf(programme.Served("daily", "2026-11-19")), testing::ElementsAre("bob"));
}

TEST_F(BoardProjectionTest, ARollingWindowMovesOnAtMidnightByItself) {
  programme.PutBoard(MakeBoard("week", Cadence::kRolling));
  programme.Earn("ada", 5, now() - days(6));
  programme.Earn("bob", 3, now());
  EXPECT_THAT(MembersOf(programme.Served("week")), testing::ElementsAre("ada", "bob"));

  programme.clock.Advance(hours(12));

  EXPECT_THAT(MembersOf(programme.Served("week")), testing::ElementsAre("bob"));
  EXPECT_THAT(MembersOf(programme.Served("week", "2026-11-21")),
              testing::ElementsAre("ada", "bob"));
}

TEST_F(BoardProjectionTest, ARollingWindowFollowsAClockTurnedBack) {
  programme.PutBoard(MakeBoard("week", Cadence::kRolling));
  programme.Earn("ada", 5, now());
  const Time before = now();
  programme.clock.Advance(hours(12));
  programme.Served("week");
  programme.clock.Set(before);
  const auto slice = programme.view().Top(programme.Ask("week"), std::nullopt, 1);
  ASSERT_THAT(slice, IsOk());
  EXPECT_EQ(slice->period.id, "2026-11-21");
}

TEST_F(BoardProjectionTest, AnOptOutTakesAMemberOffUntilItEnds) {
  programme.PutBoard(MakeBoard("all", Cadence::kAllTime));
  programme.Earn("ada", 5, now() - hours(2));
  programme.Earn("bob", 5, now() - hours(1));
  programme.Earn("cyd", 1, now());
  const auto full = programme.Served("all");

  programme.ChangeMember("ada", [](domain::Member& member) { member.board_opt_out = true; });
  programme.Earn("ada", 1, now());
  EXPECT_THAT(MembersOf(programme.Served("all")), testing::ElementsAre("bob", "cyd"));
  EXPECT_EQ(programme.Served("all").front().rank, 1);

  programme.ChangeMember("ada", [](domain::Member& member) { member.board_opt_out = false; });
  EXPECT_EQ(programme.Served("all").front().place.score.score, 6);
  EXPECT_EQ(programme.Served("all").size(), full.size());
}

TEST_F(BoardProjectionTest, AMemberWithoutARowLeavesBoardsAndDirectory) {
  programme.PutBoard(MakeBoard("all", Cadence::kAllTime));
  programme.PutBoard(MakeBoard("daily", Cadence::kDay));
  const domain::TransferId earned = programme.Earn("ada", 5, now());
  programme.Earn("bob", 3, now());
  EXPECT_THAT(MembersOf(programme.Served("all")), testing::ElementsAre("ada", "bob"));
  EXPECT_THAT(MembersOf(programme.Served("daily")), testing::ElementsAre("ada", "bob"));
  EXPECT_TRUE(programme.KnownNames({"ada"}).has_value());

  programme.EraseRow("ada");
  programme.Reverse(earned, 2);

  EXPECT_THAT(MembersOf(programme.Served("all")), testing::ElementsAre("bob"));
  EXPECT_THAT(MembersOf(programme.Served("daily")), testing::ElementsAre("bob"));
  EXPECT_EQ(programme.KnownNames({"ada"}), std::nullopt);
  EXPECT_EQ(programme.telemetry.rebuilt("memory"), 2) << "nothing was built anew";

  // The id now belongs to another member.
  programme.AddMember("ada");
  programme.Earn("ada", 1, now());
  EXPECT_EQ(programme.Served("all"), programme.Truth("all"));
  EXPECT_THAT(MembersOf(programme.Served("all")), testing::ElementsAre("bob", "ada"));
}

TEST_F(BoardProjectionTest, AnErasedMemberLeavesBoardsAndDirectory) {
  programme.PutBoard(MakeBoard("all", Cadence::kAllTime));
  programme.Earn("ada", 5, now());
  programme.Earn("bob", 3, now());
  programme.Served("all");
  programme.Erase(programme.KeyOf("ada"));
  EXPECT_THAT(MembersOf(programme.Served("all")), testing::ElementsAre("bob"));
  EXPECT_EQ(programme.KnownNames({"ada"}), std::nullopt);
}

TEST_F(BoardProjectionTest, MembersOnABoardAreFollowedWithoutTheStore) {
  programme.PutBoard(MakeBoard("all", Cadence::kAllTime));
  programme.PutBoard(MakeBoard("daily", Cadence::kDay));
  programme.Earn("ada", 5, now() - hours(1));
  programme.Earn("bob", 3, now());
  programme.Served("all");
  programme.Served("daily");
  programme.boards_store().SetDown(true);
  const Time first = now();
  programme.clock.Advance(std::chrono::minutes(2));
  for (int n = 0; n < 100; ++n) {
    programme.Earn(n % 3 == 0 ? "ada" : "bob", 1, first + std::chrono::seconds(n));
    programme.Earn("ada", 1, now(), "access");
  }
  const auto all = programme.Served("all");
  const auto daily = programme.Served("daily");
  EXPECT_EQ(programme.boards_store().failed_calls(), 0);
  programme.boards_store().SetDown(false);
  EXPECT_EQ(all, programme.Truth("all"));
  EXPECT_EQ(daily, programme.Truth("daily"));
}

TEST_F(BoardProjectionTest, AReversalGivesBackTheOlderReachTime) {
  programme.PutBoard(MakeBoard("all", Cadence::kAllTime, Scheme::kOrdinal));
  programme.Earn("bob", 5, now() - hours(3));
  programme.Earn("ada", 5, now() - hours(2));
  const auto before = programme.Served("all");
  EXPECT_THAT(MembersOf(before), testing::ElementsAre("bob", "ada"));

  const domain::TransferId more = programme.Earn("bob", 1, now());
  EXPECT_EQ(programme.Served("all").front().place.score.score, 6);
  programme.Reverse(more);

  EXPECT_EQ(programme.Served("all"), before);
}

TEST_F(BoardProjectionTest, ARedefinedBoardIsRankedAnew) {
  programme.PutBoard(MakeBoard("all", Cadence::kAllTime));
  programme.Earn("ada", 5, now());
  programme.Earn("bob", 5, now());
  programme.Earn("cyd", 1, now());
  EXPECT_EQ(programme.Served("all").back().rank, 3);

  domain::Board dense = programme.Board("all");
  dense.scheme = Scheme::kDense;
  programme.PutBoard(dense);

  EXPECT_EQ(programme.Served("all").back().rank, 2);
  EXPECT_EQ(programme.view().Top(programme.Ask("all"), std::nullopt, 1)->epoch, programme.head);
}

TEST_F(BoardProjectionTest, ABoardMadeAgainUnderTheSameIdIsAnother) {
  programme.PutBoard(MakeBoard("best", Cadence::kAllTime));
  programme.Earn("ada", 5, now(), "reputation");
  EXPECT_EQ(programme.Served("best").size(), 1U);

  programme.DeleteBoard("best");
  EXPECT_THAT(programme.view().Top(programme.Ask("best"), std::nullopt, 1),
              HasReason(Reason::kNotFound));

  domain::Board other = MakeBoard("best", Cadence::kAllTime);
  other.asset = "affiliation";
  programme.PutBoard(other);
  EXPECT_THAT(programme.Served("best"), testing::IsEmpty());
  programme.Earn("bob", 2, now(), "affiliation");
  EXPECT_THAT(MembersOf(programme.Served("best")), testing::ElementsAre("bob"));
}

TEST_F(BoardProjectionTest, AFutureRevisionIsRefusedAndCanBeAwaited) {
  programme.PutBoard(MakeBoard("all", Cadence::kAllTime));
  ports::BoardView::Query query = programme.Ask("all");
  query.min_revision = programme.head + 1;
  EXPECT_THAT(programme.view().Top(query, std::nullopt, 1), HasReason(Reason::kRevisionNotReached));

  std::promise<void> reached;
  programme.view().WhenReached("demo", query.min_revision, [&] { reached.set_value(); });
  std::future<void> future = reached.get_future();
  EXPECT_NE(future.wait_for(seconds(0)), std::future_status::ready);
  programme.Earn("ada", 5, now());
  EXPECT_EQ(future.wait_for(seconds(30)), std::future_status::ready);
  query.now = now();
  EXPECT_THAT(programme.view().Top(query, std::nullopt, 1), IsOk());
}

TEST_F(BoardProjectionTest, AnUnannouncedRevisionIsReadFromTheStore) {
  programme.PutBoard(MakeBoard("all", Cadence::kAllTime));
  EXPECT_THAT(programme.Served("all"), testing::IsEmpty());
  programme.feed().SetDeaf(true);
  programme.Earn("ada", 5, now());
  EXPECT_THAT(MembersOf(programme.Served("all")), testing::ElementsAre("ada"));
}

TEST_F(BoardProjectionTest, AStoredRevisionIsNeverCalledNotReached) {
  programme.PutBoard(MakeBoard("all", Cadence::kAllTime));
  ports::BoardView::Query query = programme.Ask("all");
  programme.feed().SetDeaf(true);
  programme.Earn("ada", 5, now());
  query.min_revision = programme.head;
  programme.boards_store().SetDown(true);
  EXPECT_THAT(programme.view().Top(query, std::nullopt, 1), HasReason(Reason::kStoreUnavailable));
  programme.boards_store().SetDown(false);
  const auto slice = programme.view().Top(query, std::nullopt, 1);
  ASSERT_THAT(slice, IsOk());
  EXPECT_EQ(slice->revision, programme.head);
}

TEST_F(BoardProjectionTest, AWaitForARevisionEndsAfterTwoSeconds) {
  int told = 0;
  ASSERT_THAT(programme.view().Start(), IsOk());  // Now the programme is known for sure.
  programme.view().WhenReached("demo", programme.head + 1, [&] { ++told; });
  programme.executor.RunUpTo(std::chrono::milliseconds(1999));
  EXPECT_EQ(told, 0);
  programme.executor.RunUpTo(seconds(2));
  EXPECT_EQ(told, 1);
  programme.view().WhenReached("nowhere", 1, [&] { ++told; });
  EXPECT_EQ(told, 2) << "nobody knows when that comes";
  programme.view().WhenReached("demo", programme.head + 1, [&] { ++told; });
  programme.view().Stop();
  EXPECT_EQ(told, 3);
}

TEST_F(BoardProjectionTest, AReadAtOnceNeverWaitsForTheStore) {
  programme.PutBoard(MakeBoard("daily", Cadence::kDay));
  programme.Earn("ada", 5, now());
  ports::BoardView::Query query = programme.Ask("daily");
  query.at_once = true;
  EXPECT_TRUE(IsWouldBlock(programme.view().Top(query, std::nullopt, 1).status()));
  EXPECT_FALSE(programme.view().StateOf(query).has_value());
  programme.Served("daily");
  EXPECT_THAT(programme.view().Top(query, std::nullopt, 1), IsOk());
  query.min_revision = programme.head + 1;
  EXPECT_TRUE(IsWouldBlock(programme.view().Top(query, std::nullopt, 1).status()));
  query.min_revision = 0;
  query.now += days(1);
  EXPECT_TRUE(IsWouldBlock(programme.view().Top(query, std::nullopt, 1).status()))
      << "another day, which nobody read yet";
  query.period = "2026-11-21";
  EXPECT_THAT(programme.view().Top(query, std::nullopt, 1), IsOk());
}

TEST_F(BoardProjectionTest, UnknownProgrammesBoardsAndPeriodsAreRefused) {
  programme.PutBoard(MakeBoard("weekly", Cadence::kWeek));
  ports::BoardView::Query nowhere = programme.Ask("weekly");
  nowhere.program = "nowhere";
  EXPECT_THAT(programme.view().Top(nowhere, std::nullopt, 1), HasReason(Reason::kNotFound));
  EXPECT_THAT(programme.view().Top(programme.Ask("none"), std::nullopt, 1),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(programme.view().Top(programme.Ask("weekly", "2026-11-17"), std::nullopt, 1),
              HasReason(Reason::kInvalidField));
}

TEST_F(BoardProjectionTest, TheVersionChangesWithThePageAndOnlyThen) {
  programme.PutBoard(MakeBoard("daily", Cadence::kDay));
  EXPECT_THAT(programme.view().Definition("demo", "daily"), IsOk());
  EXPECT_FALSE(programme.view().StateOf(programme.Ask("daily")).has_value()) << "not held yet";
  programme.Earn("ada", 5, now());
  programme.Served("daily");
  const std::uint64_t first = programme.view().StateOf(programme.Ask("daily"))->version;
  EXPECT_GT(first, 0U);

  programme.Earn("bob", 5, now() - days(3));
  programme.Earn("bob", 5, now(), "access");
  programme.ChangeMember("cyd", [](domain::Member& member) { member.display_name = "Cyd C"; });
  programme.Served("daily");
  EXPECT_EQ(programme.view().StateOf(programme.Ask("daily"))->version, first);

  programme.ChangeMember("ada", [](domain::Member& member) { member.display_name = "Ada L"; });
  programme.Served("daily");
  const std::uint64_t renamed = programme.view().StateOf(programme.Ask("daily"))->version;
  EXPECT_GT(renamed, first);

  programme.Earn("bob", 1, now());
  programme.Served("daily");
  EXPECT_GT(programme.view().StateOf(programme.Ask("daily"))->version, renamed);
}

TEST_F(BoardProjectionTest, NamesComeWithTheBoard) {
  programme.names_store().SetDown(true);
  programme.AddMember("dee");
  programme.Earn("dee", 5, now());
  programme.PutBoard(MakeBoard("all", Cadence::kAllTime));
  EXPECT_EQ(programme.KnownNames({"dee"}), std::nullopt);
  programme.Served("all");
  EXPECT_EQ(programme.KnownNames({"dee"}), std::vector<std::string>{"dee"});
}

TEST_F(BoardProjectionTest, AMissedNameIsReadAgainWithoutAnotherChange) {
  const auto shown = [&] {
    std::string name;
    const std::string_view ada = "ada";
    EXPECT_THAT(programme.directory().Show(
                    "demo", {&ada, 1}, false,
                    [&](std::size_t, std::string_view shown_name) { name = shown_name; }),
                IsOk());
    return name;
  };
  programme.PutBoard(MakeBoard("all", Cadence::kAllTime));
  programme.Earn("ada", 5, now());
  programme.Served("all");
  const std::string before = shown();

  programme.names_store().SetDown(true);
  programme.ChangeMember("ada", [](domain::Member& member) { member.display_name = "Ada L"; });
  programme.Served("all");
  EXPECT_EQ(shown(), before);

  programme.names_store().SetDown(false);
  const std::uint64_t unnamed = programme.view().StateOf(programme.Ask("all"))->version;
  EXPECT_TRUE(programme.Eventually([&] {
    const auto state = programme.view().StateOf(programme.Ask("all"));
    return state.has_value() && state->version > unnamed;
  }));
  EXPECT_EQ(shown(), "Ada L");
}

TEST_F(BoardProjectionTest, ListenersHearOfTheirBoardUntilTheyLetGo) {
  programme.PutBoard(MakeBoard("all", Cadence::kAllTime));
  programme.PutBoard(MakeBoard("other", Cadence::kDay));
  programme.Served("all");
  programme.Served("other");
  std::atomic<int> all{0};
  std::atomic<int> other{0};
  std::shared_ptr<void> hold = programme.view().Subscribe("demo", "all", [&] { ++all; });
  const auto keep = programme.view().Subscribe("demo", "other", [&] { ++other; });

  programme.Earn("ada", 5, now() - days(1));
  // The listener is called after readers see the change, and before the next pass ends.
  programme.AddMember("dee");
  programme.Served("all");
  EXPECT_EQ(all, 1);
  EXPECT_EQ(other, 0);

  hold.reset();
  programme.Earn("ada", 5, now());
  programme.AddMember("eve");
  programme.Served("all");
  EXPECT_EQ(all, 1);
}

TEST_F(BoardProjectionTest, AVerificationMendsAWrongCopy) {
  programme.PutBoard(MakeBoard("all", Cadence::kAllTime));
  programme.Earn("ada", 5, now());
  programme.Served("all");
  const ports::PeriodKey key{"demo", "all", programme.Board("all").epoch, "all-time",
                             Scheme::kCompetition};
  const ports::Mark mark = *programme.memory().Marked(key);
  ASSERT_THAT(programme.memory().Replace(key, mark, {{"bob", {7, now()}}}), IsOk());
  EXPECT_THAT(MembersOf(programme.Served("all")), testing::ElementsAre("bob"));

  domain::Revision revision = 0;
  const auto found = programme.view().Verify(programme.Ask("all"), &revision);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(revision, programme.head);
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ((*found)[0].cache, "store");
  EXPECT_EQ((*found)[1].cache, "memory");
  EXPECT_FALSE((*found)[1].equal);

  EXPECT_THAT(MembersOf(programme.Served("all")), testing::ElementsAre("ada"));
  EXPECT_TRUE((*programme.view().Verify(programme.Ask("all"), &revision))[1].equal);
}

TEST(BoardProjectionRoomTest, PastPeriodsMakeRoomAndComeBack) {
  jobs::BoardProjection::Options options;
  options.past_periods_max = 2;
  Programme programme(nullptr, options);
  programme.AddMember("ada");
  programme.PutBoard(MakeBoard("daily", Cadence::kDay));
  for (int day = 0; day < 5; ++day) {
    programme.Earn("ada", day + 1, programme.clock.Now() - days(day));
  }
  for (const std::string period :
       {"2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19", "2026-11-16", "2026-11-21"}) {
    EXPECT_EQ(programme.Served("daily", period), programme.Truth("daily", period)) << period;
  }
  EXPECT_EQ(programme.telemetry.rebuilt("memory"), 6);
}

TEST(BoardProjectionReadersTest, EveryPageIsTheStateAtTheRevisionItNames) {
  Programme programme;
  for (int i = 0; i < 5; ++i) {
    programme.AddMember("m" + std::to_string(i));
  }
  programme.PutBoard(MakeBoard("daily", Cadence::kDay));
  std::atomic<bool> done{false};
  std::vector<ports::ViewSlice> seen;
  ports::BoardView::Query query = programme.Ask("daily");
  query.min_revision = 0;
  std::thread reader([&] {
    domain::Revision last = 0;
    while (!done) {
      absl::StatusOr<ports::ViewSlice> slice = programme.view().Top(query, std::nullopt, 100);
      ASSERT_THAT(slice, IsOk());
      ASSERT_GE(slice->revision, last);
      last = slice->revision;
      if (seen.empty() || seen.back().revision != slice->revision) {
        seen.push_back(*std::move(slice));
      }
    }
  });
  for (int i = 0; i < 200; ++i) {
    programme.Earn("m" + std::to_string(i % 5), 1 + i % 3, programme.clock.Now() - hours(i % 30));
  }
  done = true;
  reader.join();
  for (const ports::ViewSlice& slice : seen) {
    ASSERT_EQ(slice.places, programme.Truth("daily", "current", slice.revision))
        << "at revision " << slice.revision;
  }
}

}  // namespace
}  // namespace perigee::tests
