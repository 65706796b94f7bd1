#include <chrono>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ports/board/board_reader.h"
#include "tests/jobs/programme.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Cadence;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

using Scores = std::vector<std::pair<std::string, std::int64_t>>;

Scores ScoresOf(const std::vector<domain::RankedPlace>& places) {
  Scores scores;
  for (const domain::RankedPlace& ranked : places) {
    scores.emplace_back(ranked.place.member_id, ranked.place.score.score);
  }
  return scores;
}

// Members `ada`, `bob` and `cyd`, with boards of the asset `access`, which members can send.
class MergedMembersTest : public testing::Test {
 protected:
  MergedMembersTest() {
    for (const std::string member : {"ada", "bob", "cyd"}) {
      programme.AddMember(member);
    }
    for (const auto& [id, cadence] : kBoards) {
      domain::Board board = MakeBoard(id, cadence);
      board.asset = "access";
      programme.PutBoard(board);
    }
  }

  Time now() { return programme.clock.Now(); }
  domain::TransferId Earn(const std::string& member, std::int64_t amount, Time effective) {
    return programme.Earn(member, amount, effective, "access");
  }
  std::vector<std::vector<domain::RankedPlace>> AllServed() {
    std::vector<std::vector<domain::RankedPlace>> all;
    for (const auto& [id, cadence] : kBoards) {
      all.push_back(programme.Served(id));
    }
    all.push_back(programme.Served("day", "2026-11-20"));
    return all;
  }
  std::vector<std::vector<domain::RankedPlace>> AllTrue() {
    std::vector<std::vector<domain::RankedPlace>> all;
    for (const auto& [id, cadence] : kBoards) {
      all.push_back(programme.Truth(id));
    }
    all.push_back(programme.Truth("day", "2026-11-20"));
    return all;
  }
  // What a server serves that starts now.
  std::vector<domain::RankedPlace> ServedAnew(const std::string& board) {
    adapters::MemoryBoards memory;
    adapters::StoreMemberDirectory directory(programme.store());
    jobs::BoardProjection view({programme.store(), programme.store().feed(), memory, nullptr,
                                directory, programme.terms(), programme.clock, programme.executor,
                                programme.telemetry});
    auto slice = view.Top(programme.Ask(board), std::nullopt, 1000);
    EXPECT_THAT(slice, IsOk());
    view.Stop();
    return slice.ok() ? slice->places : std::vector<domain::RankedPlace>();
  }
  Scores PlacesOf(const std::vector<std::string>& members) {
    const auto slice = programme.view().PlacesOf(programme.Ask("all"), members);
    EXPECT_THAT(slice, IsOk());
    return slice.ok() ? ScoresOf(slice->places) : Scores();
  }

  static inline const std::vector<std::pair<std::string, Cadence>> kBoards = {
      {"all", Cadence::kAllTime}, {"day", Cadence::kDay}, {"week", Cadence::kWeek}};
  Programme programme;
};

TEST_F(MergedMembersTest, AHeadHasTheScoresOfAllUntilTheyArePartedAgain) {
  const domain::TransferId first = Earn("ada", 5, now() - hours(3));
  Earn("bob", 4, now() - hours(2));
  Earn("bob", 2, now() - days(1));
  Earn("cyd", 9, now() - hours(1));
  programme.Send("ada", "bob", 3, now(), "access");
  const auto before = AllServed();
  EXPECT_EQ(before, AllTrue());
  EXPECT_THAT(ScoresOf(before[0]), ElementsAre(Pair("cyd", 9), Pair("bob", 9), Pair("ada", 2)));

  programme.SetHead("bob", "ada");
  const auto merged = AllServed();
  EXPECT_EQ(merged, AllTrue());
  EXPECT_THAT(ScoresOf(merged[0]), ElementsAre(Pair("ada", 11), Pair("cyd", 9)));
  EXPECT_EQ(merged[0].front().place.score.reach_time, now() - hours(2)) << "what is sent is inside";
  EXPECT_THAT(ScoresOf(merged[1]), ElementsAre(Pair("ada", 9), Pair("cyd", 9)));
  EXPECT_THAT(ScoresOf(merged[3]), ElementsAre(Pair("ada", 2)));
  EXPECT_EQ(ServedAnew("all"), merged[0]);

  programme.Send("bob", "ada", 1, now(), "access");
  EXPECT_EQ(AllServed(), merged);
  programme.SetHead("bob", "");
  EXPECT_EQ(AllServed(), AllTrue());
  programme.Send("ada", "bob", 1, now(), "access");
  EXPECT_EQ(ScoresOf(programme.Served("all")), ScoresOf(before[0]));
  programme.Reverse(first, 1);
  EXPECT_EQ(AllServed(), AllTrue());
  EXPECT_EQ(programme.telemetry.rebuilt("memory"), 5) << "one is that of the second server";
}

TEST_F(MergedMembersTest, WhatAMergedMemberDoesIsFollowedWithoutTheStore) {
  Earn("ada", 5, now() - hours(3));
  Earn("cyd", 9, now() - hours(2));
  programme.SetHead("bob", "ada");
  AllServed();
  programme.boards_store().SetDown(true);
  for (int n = 0; n < 20; ++n) {
    Earn("bob", 1, now());
  }
  EXPECT_THAT(ScoresOf(programme.Served("all")), ElementsAre(Pair("ada", 25), Pair("cyd", 9)));
  EXPECT_EQ(programme.boards_store().failed_calls(), 0);
  programme.boards_store().SetDown(false);
  EXPECT_EQ(AllServed(), AllTrue());
}

TEST_F(MergedMembersTest, ABoardThatRestedFindsOutWhoIsOnePerson) {
  Earn("ada", 5, now());
  Earn("bob", 4, now());
  AllServed();
  programme.clock.Advance(seconds(6));
  programme.SetHead("bob", "ada");
  Earn("bob", 1, now());
  programme.SetHead("bob", "");
  programme.SetHead("bob", "cyd");
  Earn("bob", 1, now());
  EXPECT_THAT(ScoresOf(programme.Served("all")), ElementsAre(Pair("cyd", 6), Pair("ada", 5)));
  EXPECT_EQ(AllServed(), AllTrue());
  EXPECT_EQ(programme.telemetry.rebuilt("memory"), 4) << "built anew instead of kept up";
}

TEST_F(MergedMembersTest, AnErasedMemberIsNobodysScore) {
  Earn("ada", 5, now());
  Earn("bob", 4, now());
  programme.SetHead("bob", "ada");
  EXPECT_THAT(ScoresOf(programme.Served("all")), ElementsAre(Pair("ada", 9)));
  programme.SetHead("bob", "");
  programme.Erase(programme.KeyOf("bob"));
  EXPECT_THAT(ScoresOf(programme.Served("all")), ElementsAre(Pair("ada", 5)));
}

TEST_F(MergedMembersTest, AMergedMemberHasThePlaceOfItsHead) {
  Earn("ada", 5, now());
  Earn("bob", 4, now());
  Earn("cyd", 1, now());
  programme.SetHead("bob", "ada");
  EXPECT_THAT(PlacesOf({"cyd", "bob"}), ElementsAre(Pair("cyd", 1), Pair("ada", 9)));
  EXPECT_THAT(PlacesOf({"bob", "nobody", "ada"}), ElementsAre(Pair("ada", 9)));
  const auto around = programme.view().Around(programme.Ask("all"), "bob", 1);
  ASSERT_THAT(around, IsOk());
  EXPECT_THAT(ScoresOf(around->places), ElementsAre(Pair("ada", 9)));
  ports::BoardView::Query at_once = programme.Ask("all");
  at_once.at_once = true;
  EXPECT_THAT(programme.view().Around(at_once, "bob", 1), IsOk());
  EXPECT_TRUE(IsWouldBlock(programme.view().Around(at_once, "nobody", 1).status()));
  programme.SetHead("bob", "");
  EXPECT_THAT(PlacesOf({"cyd", "bob", "ada"}),
              ElementsAre(Pair("cyd", 1), Pair("bob", 4), Pair("ada", 5)));
  at_once.min_revision = 0;
  EXPECT_THAT(programme.view().Around(at_once, "nobody", 1)->places, IsEmpty());
}

TEST_F(MergedMembersTest, AServerThatStartsKnowsWhoseNameIsWhose) {
  Earn("ada", 5, now());
  programme.SetHead("bob", "ada");
  adapters::StoreMemberDirectory directory(programme.store());
  const std::vector<std::string> ids = {"bob", "nobody", "ada", "cyd"};
  EXPECT_TRUE(IsWouldBlock(directory.HeadsOf("demo", ids, true).status()));
  EXPECT_THAT(directory.HeadsOf("demo", {ids.data(), 1}, false).value(), ElementsAre("ada"));
  EXPECT_THAT(directory.HeadsOf("demo", ids, false).value(), ElementsAre("ada", "nobody", "cyd"));
}

// Random changes, with a restart now and then.
TEST_F(MergedMembersTest, EveryPeriodEqualsTheStoreAfterEveryStep) {
  std::mt19937 dice(3);
  const auto roll = [&](std::size_t sides) { return dice() % sides; };
  std::vector<std::string> members = {"ada", "bob", "cyd"};
  for (int i = 0; i < 5; ++i) {
    members.push_back("m" + std::to_string(i));
    programme.AddMember(members.back());
  }
  const auto any = [&]() -> const std::string& { return members[roll(members.size())]; };
  const auto any_time = [&] { return now() - hours(roll(30)); };
  std::map<std::string, std::string> heads;
  std::vector<domain::TransferId> made;
  for (int i = 0; i < 160; ++i) {
    const std::string& one = any();
    const std::string& other = any();
    const bool is_head =
        std::ranges::any_of(heads, [&](const auto& merge) { return merge.second == one; });
    switch (roll(8)) {
      case 0:
        if (heads.contains(one)) {
          programme.SetHead(one, "");
          heads.erase(one);
        } else if (!is_head && one != other && !heads.contains(other)) {
          programme.SetHead(one, other);
          heads[one] = other;
        }
        break;
      case 1:
        if (!made.empty()) {
          const std::size_t at = roll(made.size());
          programme.Reverse(made[at]);
          made.erase(made.begin() + static_cast<std::ptrdiff_t>(at));
        }
        break;
      case 2:
        // From what was just earned, so that there is enough.
        if (one != other) {
          Earn(one, 2, any_time());
          made.push_back(programme.Send(one, other, 2, any_time(), "access"));
        }
        break;
      case 3:
        programme.ChangeMember(
            one, [](domain::Member& member) { member.board_opt_out = !member.board_opt_out; });
        break;
      default:
        made.push_back(Earn(one, 1 + static_cast<std::int64_t>(roll(5)), any_time()));
    }
    if (i % 8 > 4) {
      programme.clock.Advance(seconds(6));  // The boards rest.
    }
    if (i % 4 == 0) {
      ASSERT_EQ(AllServed(), AllTrue()) << "step " << i;
    }
    if (i % 40 == 0) {
      ASSERT_EQ(ServedAnew("all"), programme.Truth("all")) << "step " << i;
    }
  }
}

// The day's result, with the names of its members.
TEST_F(MergedMembersTest, AClosedPeriodIsAmendedAfterAMerge) {
  Earn("ada", 5, now());
  Earn("bob", 4, now());
  programme.clock.Advance(days(3));
  programme.DoWhatIsDue();
  const auto results = programme.Results("day", "2026-11-21");
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results.front().entry_count, 2);
  programme.SetHead("bob", "ada");
  EXPECT_THAT(ScoresOf(programme.Served("day", "2026-11-21")), ElementsAre(Pair("ada", 9)));
  EXPECT_EQ(programme.Results("day", "2026-11-21"), results) << "a result never changes";
}

}  // namespace
}  // namespace perigee::tests
