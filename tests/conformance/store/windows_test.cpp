#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/domain/board/board.h"
#include "server/ports/board/board_reader.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/leaderboard_cases.h"
#include "tests/support/need.h"

namespace perigee::tests {
namespace {

using nlohmann::json;
using std::chrono::days;

// The columns of the data set, with their days. Its periods end today, as our rolling ones do; a
// month before kStart has 31 days.
const std::vector<std::pair<std::string, int>> kTrailing = {
    {"yearly", 366}, {"quarterly", 93}, {"monthly", 32}, {"weekly", 7}, {"daily", 1}};
constexpr int kMonthDays = 31;

Interval TrailingDays(int length) {
  domain::Board board;
  board.cadence = domain::Cadence::kRolling;
  board.rolling_days = length;
  return domain::PeriodAt(board, Zone::Utc(), kStart).interval;
}

// The days of a case, both ends included.
Interval WindowOf(const json& window) {
  const Time today = TrailingDays(1).start;
  Interval interval;
  if (window.contains("board_from")) {
    interval.start = today + days(window.at("board_from").get<int>());
  }
  if (window.contains("board_to")) {
    interval.end = today + days(window.at("board_to").get<int>() + 1);
  }
  return interval;
}

Interval Intersection(const Interval& a, const Interval& b) {
  return {std::max(a.start, b.start), std::min(a.end, b.end)};
}

}  // namespace

TEST_P(StoreConformance, ScoresAreOfTheWindowWithinTheTrailingPeriod) {
  const auto cases = LeaderboardCases();
  if (!cases) {
    PERIGEE_SKIP_OR_FAIL("no data set leaderboard-cases-a");
  }
  const json& events = cases->at("window-none").at("event_day_offsets");
  const auto points = cases->at("window-none").at("event_points_each").get<std::int64_t>();
  MakeProgram();
  for (const json& offset : events) {
    const int day = offset.is_string() ? -kMonthDays : offset.get<int>();
    if (day <= 0) {
      Grant(ada_, points, kStart + days(day));
    } else {
      // A future event does not count, because nobody can record it.
      EXPECT_THAT(WriteLedger([&](domain::LedgerUnit& ledger) {
                    domain::TransferDraft draft;
                    draft.debit = ProgramAccount(domain::kIssuedAccount);
                    draft.credit = MemberAccount(ada_);
                    draft.amount = points;
                    draft.effective_time = kStart + days(day);
                    return ledger.Post(draft).status();
                  }),
                  IsInvalidField("effective_time"));
    }
  }
  const auto expect = [&](const std::string& name, const std::string& column,
                          const Interval& interval) {
    json scores = json::array();
    EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
      return reader.boards().ForEachScore(
          kProgram, kAsset, interval, 0,
          [&](const ports::MemberScore& score) { scores.push_back(score.score.score); });
    }),
                IsOk());
    // A member without a score in the window is not visited at all.
    const json& expected = cases->at(name).at("expected").at(column);
    EXPECT_EQ(scores, expected.is_null() ? json::array() : json::array({expected}))
        << name << " " << column;
  };
  for (const std::string name :
       {"window-both", "window-from-only", "window-to-only", "window-none"}) {
    ASSERT_EQ(cases->at(name).at("event_day_offsets"), events);
    const Interval window = WindowOf(cases->at(name));
    expect(name, "all_time", window);
    for (const auto& [column, length] : kTrailing) {
      expect(name, column, Intersection(window, TrailingDays(length)));
    }
  }
}

TEST_P(StoreConformance, ScoresOfDaysAreSummedByMember) {
  const auto cases = LeaderboardCases();
  if (!cases) {
    PERIGEE_SKIP_OR_FAIL("no data set leaderboard-cases-a");
  }
  const json& sums = cases->at("sum-over-days");
  MakeProgram();
  domain::Changes changes;
  changes.records.Put(MakeMember(3, "cyd", Head() + 1));
  ASSERT_THAT(WriteChanges(std::move(changes)), IsOk());
  const std::map<std::string, domain::MemberKey> members = {
      {"A", ada_}, {"B", bob_}, {"C", NumberedId(3)}};
  for (const json& event : sums.at("events")) {
    const auto points = event.at(1).get<std::int64_t>();
    const auto when = event.at(2).get<std::string>();
    // The case of a score of 0 does not exist here: a transfer moves something.
    if (points != 0) {
      Grant(members.at(event.at(0).get<std::string>()), points,
            kStart + days(when == "today" ? 0 : std::stoi(when)));
    }
  }
  std::vector<domain::Place> places;
  EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
    return reader.boards().ForEachScore(
        kProgram, kAsset, TrailingDays(30), 0, [&](const ports::MemberScore& score) {
          const auto it = std::ranges::find(members, score.member,
                                            [](const auto& named) { return named.second; });
          places.push_back({it->first, score.score});
        });
  }),
              IsOk());
  // The case of an old state until a refresh does not exist here: each read names its revision.
  json ranked = json::array();
  for (const domain::RankedPlace& place :
       domain::RankAll(std::move(places), domain::Scheme::kCompetition)) {
    ranked.push_back({place.place.member_id, place.place.score.score, place.rank});
  }
  EXPECT_EQ(ranked, sums.at("expected"));
}

}  // namespace perigee::tests
