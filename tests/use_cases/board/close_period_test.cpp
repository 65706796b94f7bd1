#include "server/use_cases/board/close_period.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/use_cases/write_and_wait.h"
#include "tests/jobs/programme.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Cadence;
using std::chrono::days;
using std::chrono::hours;

constexpr const char* kDay = "2026-11-21";
constexpr int kMembers = 7;
// Seven entries make three portions.
constexpr use_cases::ResultLimits kSmall{.portion = 3, .looked_through = 2, .computed = 2};

// A store that lets the test act before each write.
class BusyStore final : public ports::Store {
 public:
  explicit BusyStore(ports::Store& store) : store_(store) {}

  // Called before each write, with the number of the write from 1. A failure that it answers
  // refuses the write.
  std::function<absl::Status(int write)> before;
  int writes() const { return writes_; }

  void Write(ports::Unit unit, std::function<void(absl::StatusOr<ports::Outcome>)> done) override {
    ++writes_;
    if (absl::Status refusal = before ? before(writes_) : absl::OkStatus(); !refusal.ok()) {
      done(refusal);
      return;
    }
    store_.Write(std::move(unit), std::move(done));
  }
  absl::Status Read(
      const std::function<absl::Status(ports::StoreReader& reader)>& body) const override {
    return store_.Read(body);
  }
  ports::JournalFeed& feed() override { return store_.feed(); }
  ports::Leases& leases() override { return store_.leases(); }
  absl::StatusOr<std::string> TokenSecret() const override { return store_.TokenSecret(); }
  absl::Status Ready() const override { return store_.Ready(); }

 private:
  ports::Store& store_;
  int writes_ = 0;
};

class ClosePeriodTest : public testing::Test {
 protected:
  ClosePeriodTest() {
    programme.PutBoard(MakeBoard("daily", Cadence::kDay));
    for (int i = 0; i < kMembers; ++i) {
      programme.AddMember(absl::StrCat("m", i));
      programme.Earn(absl::StrCat("m", i), 10 + i % 3, day);
    }
    programme.clock.Advance(days(4));
  }

  absl::StatusOr<ports::Outcome> MakeFinal(std::optional<std::string> amend_reason = std::nullopt,
                                           const std::string& board = "daily") {
    use_cases::ResultOrder order;
    order.period = {"demo", board, kDay};
    order.amend_reason = std::move(amend_reason);
    return use_cases::MakeFinal(busy, order, UnitOf(), kSmall);
  }
  ports::Unit UnitOf() {
    ports::Unit unit;
    unit.program = "demo";
    unit.now = programme.clock.Now();
    return unit;
  }
  domain::Revision Head() {
    domain::Revision head = 0;
    programme.Read([&](ports::StoreReader& reader) {
      head = reader.journal().Head("demo").value();
      return absl::OkStatus();
    });
    return head;
  }
  std::vector<std::string> Drafts() {
    std::vector<std::string> drafts;
    programme.Read([&](ports::StoreReader& reader) {
      drafts = reader.boards().DraftsBefore("demo", programme.clock.Now() + days(1000)).value();
      return absl::OkStatus();
    });
    return drafts;
  }
  std::int64_t Written(const std::string& digest) {
    std::int64_t written = 0;
    programme.Read([&](ports::StoreReader& reader) {
      written = reader.boards().CountResultEntries("demo", digest).value();
      return absl::OkStatus();
    });
    return written;
  }
  // Expects that the newest result equals the board.
  void ExpectRight(std::size_t versions = 1, const std::string& board = "daily") {
    const auto results = programme.Results(board, kDay);
    ASSERT_EQ(results.size(), versions);
    const domain::PeriodResult& newest = results.back();
    const auto truth = programme.Truth(board, kDay);
    std::vector<domain::ResultEntry> entries;
    programme.Read([&](ports::StoreReader& reader) {
      entries = reader.boards().ResultEntries("demo", newest.digest, 0, 1000).value();
      for (std::size_t i = 0; i < std::min(entries.size(), truth.size()); ++i) {
        const auto member = reader.members().Find("demo", truth[i].place.member_id).value();
        EXPECT_EQ(entries[i],
                  (domain::ResultEntry{truth[i].rank, member->key, truth[i].place.score}));
      }
      return absl::OkStatus();
    });
    EXPECT_EQ(entries.size(), truth.size());
    EXPECT_EQ(newest.entry_count, static_cast<std::int64_t>(truth.size()));
    EXPECT_EQ(newest.digest, domain::ResultDigest(entries));
    EXPECT_THAT(Drafts(), testing::Not(testing::Contains(newest.digest)));
  }

  Programme programme;
  const Time day = *ParseTime("2026-11-21T12:00:00Z");
  BusyStore busy{programme.store()};
};

TEST_F(ClosePeriodTest, PortionsOfAResultDoNotMoveTheHead) {
  // Only the unit that makes the result final moves the head.
  const domain::Revision before = Head();
  std::vector<std::int64_t> written;
  busy.before = [&](int) {
    EXPECT_EQ(Head(), before);
    EXPECT_THAT(programme.Results("daily", kDay), testing::IsEmpty());
    const auto drafts = Drafts();
    written.push_back(drafts.empty() ? 0 : Written(drafts.front()));
    return absl::OkStatus();
  };
  const auto made = MakeFinal();
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->revision, before + 1);
  EXPECT_EQ(Head(), before + 1);
  EXPECT_THAT(written, testing::ElementsAre(0, 0, 3, 6, 7, 7));
  ExpectRight();
  busy.before = nullptr;
  EXPECT_THAT(MakeFinal(), HasReason(Reason::kPeriodFinal));
}

// A change that happens before one of the writes of a closing. The first write only asks.
struct Change {
  std::string name;
  std::function<void(Programme&, Time day)> make;
  bool moves = true;  // True if it changes a place.
};
class ClosePeriodChangeTest : public ClosePeriodTest,
                              public testing::WithParamInterface<std::tuple<Change, int>> {};

TEST_P(ClosePeriodChangeTest, IsInTheResult) {
  const Change& change = std::get<0>(GetParam());
  const int at = std::get<1>(GetParam());
  busy.before = [&](int write) {
    if (write == at) {
      change.make(programme, day);
    }
    return absl::OkStatus();
  };
  ASSERT_THAT(MakeFinal(), IsOk());
  EXPECT_TRUE(busy.writes() > 6 || !change.moves) << "it had to begin again";
  ExpectRight();
}

INSTANTIATE_TEST_SUITE_P(
    All, ClosePeriodChangeTest,
    testing::Combine(
        testing::Values(
            Change{"Earned", [](Programme& programme, Time day) { programme.Earn("m1", 9, day); }},
            Change{"OptedOut",
                   [](Programme& programme, Time) {
                     programme.ChangeMember(
                         "m2", [](domain::Member& member) { member.board_opt_out = true; });
                   }},
            Change{"OptedInAgain",
                   [](Programme& programme, Time) {
                     for (const bool out : {true, false}) {
                       programme.ChangeMember(
                           "m2", [out](domain::Member& member) { member.board_opt_out = out; });
                     }
                   },
                   false},
            Change{"Merged", [](Programme& programme, Time) { programme.SetHead("m2", "m1"); }},
            Change{"Redefined",
                   [](Programme& programme, Time) {
                     domain::Board board = programme.Board("daily");
                     board.scheme = domain::Scheme::kOrdinal;
                     programme.PutBoard(board);
                   }}),
        testing::Values(3, 6)),
    [](const auto& info) {
      return absl::StrCat(std::get<0>(info.param).name, "BeforeWrite", std::get<1>(info.param));
    });

// Only the head's score tells of the merge.
TEST_F(ClosePeriodTest, AMergeOfAMemberWithoutAPlaceIsInTheResult) {
  programme.ChangeMember("m2", [](domain::Member& member) { member.board_opt_out = true; });
  bool merged = false;
  busy.before = [&](int) {
    // The last unit comes when all entries are written.
    if (!merged && !Drafts().empty() && Written(Drafts().front()) == kMembers - 1) {
      programme.SetHead("m2", "m1");
      merged = true;
    }
    return absl::OkStatus();
  };
  ASSERT_THAT(MakeFinal(), IsOk());
  EXPECT_TRUE(merged);
  ExpectRight();
}

TEST_F(ClosePeriodTest, ChangesElsewhereRestartNoClosing) {
  busy.before = [&](int write) {
    programme.Earn("m1", 5, programme.clock.Now());
    programme.Earn("m1", 5, day, "access");
    programme.AddMember(absl::StrCat("n", write));
    programme.ChangeMember("m3", [](domain::Member& member) { member.display_name = "Em"; });
    return absl::OkStatus();
  };
  ASSERT_THAT(MakeFinal(), IsOk());
  // The last unit may look through two entries, then through four. There are four each time.
  EXPECT_LE(busy.writes(), 8);
  ExpectRight();
  EXPECT_THAT(Drafts(), testing::IsEmpty());
}

TEST_F(ClosePeriodTest, APeriodThatChangesEachTimeIsClosedAllTheSame) {
  busy.before = [&](int) {
    programme.Earn("m1", 1, day);
    return absl::OkStatus();
  };
  ASSERT_THAT(MakeFinal(), IsOk());
  ExpectRight();
}

TEST_F(ClosePeriodTest, AResumedClosingWritesOnlyTheRest) {
  // The closing that stopped leaves no result.
  const domain::Revision before = Head();
  busy.before = [&](int write) {
    return write == 4 ? Error(Reason::kStoreUnavailable, "the store is away") : absl::OkStatus();
  };
  EXPECT_THAT(MakeFinal(), HasReason(Reason::kStoreUnavailable));
  EXPECT_EQ(Head(), before);
  EXPECT_THAT(programme.Results("daily", kDay), testing::IsEmpty());
  ASSERT_EQ(Drafts().size(), 1U);
  EXPECT_EQ(Written(Drafts().front()), 6);

  busy.before = nullptr;
  ASSERT_THAT(MakeFinal(), IsOk());
  EXPECT_EQ(busy.writes(), 4 + 4) << "asks, writes one portion, finds it whole, makes it final";
  ExpectRight();
  EXPECT_THAT(Drafts(), testing::IsEmpty());
}

TEST_F(ClosePeriodTest, LeftDraftsAreRemovedAndResultsAreNot) {
  busy.before = [&](int write) {
    return write == 4 ? Error(Reason::kStoreUnavailable, "the store is away") : absl::OkStatus();
  };
  EXPECT_THAT(MakeFinal(), HasReason(Reason::kStoreUnavailable));
  busy.before = nullptr;
  ASSERT_EQ(Drafts().size(), 1U);
  const std::string left = Drafts().front();
  const Time written = programme.clock.Now();
  programme.Earn("m1", 1, day);
  ASSERT_THAT(MakeFinal(), IsOk());

  EXPECT_THAT(use_cases::RemoveDrafts(busy, UnitOf(), written - hours(1), kSmall), IsOk());
  EXPECT_EQ(Written(left), 6);
  programme.clock.Advance(hours(2));
  const domain::Revision before = Head();
  EXPECT_THAT(use_cases::RemoveDrafts(busy, UnitOf(), written + hours(1), kSmall), IsOk());
  EXPECT_EQ(Written(left), 0);
  EXPECT_THAT(Drafts(), testing::IsEmpty());
  EXPECT_EQ(Head(), before);
  ExpectRight();
}

TEST_F(ClosePeriodTest, ARemovedDraftIsWrittenAgain) {
  busy.before = [&](int write) {
    if (write == 6) {
      EXPECT_THAT(use_cases::RemoveDrafts(programme.store(), UnitOf(),
                                          programme.clock.Now() + days(1), kSmall),
                  IsOk());
    }
    return absl::OkStatus();
  };
  ASSERT_THAT(MakeFinal(), IsOk());
  ExpectRight();
  EXPECT_THAT(Drafts(), testing::IsEmpty());
}

TEST_F(ClosePeriodTest, ResultsWithTheSameEntriesShareThem) {
  programme.PutBoard(MakeBoard("other", Cadence::kDay));
  ASSERT_THAT(MakeFinal(), IsOk());
  ASSERT_THAT(MakeFinal(std::nullopt, "other"), IsOk());
  ExpectRight();
  ExpectRight(1, "other");

  const domain::TransferId late = programme.Earn("m4", 3, day);
  ASSERT_THAT(MakeFinal("came late"), IsOk());
  ExpectRight(2);
  programme.Reverse(late);
  ASSERT_THAT(MakeFinal("was taken back"), IsOk());
  ExpectRight(3);
  EXPECT_EQ(programme.Results("daily", kDay)[0].digest, programme.Results("daily", kDay)[2].digest);
  EXPECT_THAT(MakeFinal("for nothing"), HasReason(Reason::kNothingToAmend));
}

TEST_F(ClosePeriodTest, ARefusalIsFoundBeforeAnythingIsComputedOrWritten) {
  EXPECT_THAT(MakeFinal("too early"), HasReason(Reason::kPeriodNotFinal));
  EXPECT_THAT(MakeFinal(std::nullopt, "none"), HasReason(Reason::kNotFound));
  programme.clock.Set(day + hours(13));
  EXPECT_THAT(MakeFinal(), HasReason(Reason::kPeriodNotOver));
  EXPECT_EQ(busy.writes(), 3);
  EXPECT_THAT(Drafts(), testing::IsEmpty());
}

TEST_F(ClosePeriodTest, OneUnitMakesTheSameResult) {
  ports::Unit unit = UnitOf();
  use_cases::ResultOrder order;
  order.period = {"demo", "daily", kDay};
  unit.decide = [&](ports::StoreReader& reader, const ports::UnitContext& context) {
    return use_cases::MakeFinalAtOnce(reader, context, order);
  };
  ASSERT_THAT(use_cases::WriteAndWait(programme.store(), std::move(unit)), IsOk());
  ExpectRight();
  EXPECT_THAT(Drafts(), testing::IsEmpty());
}

}  // namespace
}  // namespace perigee::tests
