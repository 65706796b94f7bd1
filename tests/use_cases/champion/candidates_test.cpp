#include "tests/use_cases/champion/candidates.h"

#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/access/role_grant.h"
#include "server/domain/champion/nomination.h"

namespace perigee::tests {
namespace {

using domain::Member;
using domain::NominationVoice;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kReason[] =
    "2 active days and 1 member met in the last 30 days; 28 reputation earned in the last 90 days; "
    "a claimed reach of 100 in the last 365 days.";

std::vector<std::string> SourcesOf(const use_cases::CandidateView& view, std::size_t criterion) {
  std::vector<std::string> sources;
  for (const domain::CandidateInput& input : view.counted[criterion].inputs) {
    sources.push_back(absl::StrCat(input.day.month(), "-", input.day.day(), " ", input.amount));
  }
  return sources;
}

TEST_F(CandidatesTest, WhoMeetsAllCriteriaIsRanked) {
  const auto ranking = Rank();
  ASSERT_EQ(ranking.best.size(), 1U);
  EXPECT_EQ(ranking.total, 1);
  EXPECT_EQ(ranking.best[0].member_id, "ada");
  // The accepted talk is an activity of the 20th, and earned 20.
  EXPECT_THAT(ranking.best[0].figures, ElementsAre(2, 28, 1, 100));
  EXPECT_EQ(ranking.best[0].value, 100 + 300 + 100 + 100);
  EXPECT_EQ(
      domain::CandidateReason(ranking.title.criteria, ranking.best[0].figures, ranking.decimals),
      kReason);
}

TEST_F(CandidatesTest, TheViewOfOnePersonHasTheSameFiguresAndTheirInputs) {
  const auto view = View("ada");
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->Figures(), Rank().best.at(0).figures);
  EXPECT_THAT(SourcesOf(*view, 0), ElementsAre("11-20 1", "11-10 1"));
  EXPECT_THAT(SourcesOf(*view, 1), ElementsAre("11-20 20", "11-15 8"));
  EXPECT_THAT(SourcesOf(*view, 2), ElementsAre("11-20 1", "11-10 1"));
  EXPECT_THAT(SourcesOf(*view, 3), ElementsAre("11-20 100"));
  EXPECT_EQ(view->counted[2].inputs[0].other, programme.KeyOf("bob"));
}

TEST_F(CandidatesTest, AnEqualOneComesById) {
  MakeCandidate("cyd", "bob");
  EXPECT_THAT(Ranked(), ElementsAre("ada", "cyd"));
  Did("cyd", "2026-11-12", "dan");
  EXPECT_THAT(Ranked(), ElementsAre("cyd", "ada"));
}

TEST_F(CandidatesTest, EachCauseLeavesOut) {
  struct Row {
    const char* cause;
    std::function<void()> make;
  };
  const auto change = [this](const std::function<void(Member&)>& what) {
    programme.ChangeMember("ada", what);
  };
  const auto put = [this](auto record) {
    EXPECT_THAT(Do([&](auto&, const auto& unit) -> absl::StatusOr<use_cases::Decided<int>> {
                  use_cases::Decided<int> decided{0, {}};
                  record.revision = unit.revision;
                  decided.changes.records.Put(record);
                  return decided;
                }),
                IsOk());
  };
  const Row rows[] = {
      {"paused", [&] { change([&](Member& one) { one.pause_time = Now(); }); }},
      {"suspended",
       [&] { change([](Member& one) { one.standing = domain::Standing::kSuspended; }); }},
      {"an employee",
       [&] { change([](Member& one) { one.kinds = {domain::StakeholderKind::kEmployee}; }); }},
      {"a bot", [&] { change([](Member& one) { one.type = domain::MemberType::kBot; }); }},
  };
  const auto mend = [&] {
    change([](Member& one) {
      one.pause_time.reset();
      one.standing = domain::Standing::kGood;
      one.kinds.clear();
      one.type = domain::MemberType::kPerson;
    });
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.cause);
    row.make();
    EXPECT_THAT(Ranked(), IsEmpty());
    EXPECT_THAT(View("ada"), HasReason(Reason::kNotFound));
    mend();
    EXPECT_THAT(Ranked(), ElementsAre("ada"));
    EXPECT_THAT(View("ada"), IsOk());
  }
  domain::RoleGrant grant;
  grant.id = "grant";
  grant.principal = programme.KeyOf("ada");
  put(grant);
  EXPECT_THAT(Ranked(), IsEmpty());
  EXPECT_THAT(View("ada"), HasReason(Reason::kNotFound));
}

TEST_F(CandidatesTest, ChampionsAreLeftOutUntilTheirTermIsOver) {
  const auto appointment = Appoint("ada", Now() + std::chrono::days(3));
  ASSERT_THAT(appointment, IsOk());
  EXPECT_THAT(Ranked(), IsEmpty());
  EXPECT_THAT(View("ada"), HasReason(Reason::kNotFound));
  ASSERT_THAT(Make(Move::kRevoke, "ada", appointment->id), IsOk());
  EXPECT_THAT(Ranked(), ElementsAre("ada"));
}

TEST_F(CandidatesTest, TheNominatedAreLeftOutUntilItIsDecided) {
  const auto nomination = Nominate("ada");
  ASSERT_THAT(nomination, IsOk());
  EXPECT_THAT(Ranked(), IsEmpty());
  EXPECT_THAT(View("ada"), HasReason(Reason::kNotFound));
  ASSERT_THAT(ChampionsTest::Withdraw(nomination->id, ""), IsOk());
  EXPECT_THAT(Ranked(), ElementsAre("ada"));
}

TEST_F(CandidatesTest, AMergedPersonIsOneCandidateByAllMembers) {
  ASSERT_THAT(Merge("dan", "ada"), IsOk());
  EXPECT_THAT(Ranked(), ElementsAre("dan"));
  const auto view = View("ada");
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->member.id, "dan");
  EXPECT_EQ(view->Figures(), Rank().best.at(0).figures);
  ASSERT_THAT(Merge("dan", "bob"), IsOk());
  EXPECT_THAT(Ranked(), IsEmpty()) << "who met herself alone";
}

TEST_F(CandidatesTest, AHiddenPersonIsNobodyMet) {
  programme.ChangeMember("bob", [](Member& one) { one.board_opt_out = true; });
  EXPECT_THAT(Ranked(), IsEmpty());
  EXPECT_THAT(View("ada")->Figures(), ElementsAre(2, 28, 0, 100));
}

TEST_F(CandidatesTest, AnErasedPersonIsNoCandidate) {
  programme.Erase(programme.KeyOf("ada"));
  EXPECT_THAT(Ranked(), IsEmpty());
}

TEST_F(CandidatesTest, TheWindowMovesWithTheDay) {
  programme.clock.Set(At("2026-12-09"));
  EXPECT_THAT(Ranked(), ElementsAre("ada"));
  programme.clock.Set(At("2026-12-10"));
  EXPECT_THAT(Ranked(), IsEmpty()) << "the 10th of November is 30 days ago";
}

TEST_F(CandidatesTest, WithoutCriteriaNobodyIsACandidate) {
  ASSERT_THAT(Change([](domain::Title& title) { title.criteria.clear(); }), IsOk());
  EXPECT_THAT(Ranked(), IsEmpty());
  EXPECT_THAT(View("ada"), HasReason(Reason::kNotFound));
}

TEST_F(CandidatesTest, CapitalAloneCountsWithoutDeeds) {
  ASSERT_THAT(Change([](domain::Title& title) {
                title.criteria = {CriterionOf("capital", Measure::kEarned, 5, 7)};
              }),
              IsOk());
  const auto transfer = programme.Earn("bob", 6, At("2026-11-20"));
  EXPECT_THAT(Ranked(), ElementsAre("ada", "bob"));
  programme.Reverse(transfer, 2);
  EXPECT_THAT(Ranked(), ElementsAre("ada"));
}

TEST_F(CandidatesTest, AssetsOfCriteriaMustBeThere) {
  EXPECT_THAT(Change([](domain::Title& title) { title.criteria.at(1).asset = "none"; }),
              HasReason(Reason::kNotFound));
}

TEST_F(CandidatesTest, ANominationFromCandidatesKeepsTheReason) {
  const auto nominate = [&](const std::string& member) {
    return Do([&](auto& reader, const auto& unit) {
      use_cases::NominationDraft draft{"mvp", member, "", {}};
      draft.from_candidates = true;
      return use_cases::Nominate(reader, unit, "demo", draft);
    });
  };
  EXPECT_THAT(nominate("bob"), HasReason(Reason::kNotACandidate));
  // Somebody else was quicker: the voice joins theirs.
  ASSERT_THAT(Nominate("ada", "bob"), IsOk());
  ASSERT_THAT(nominate("ada"), IsOk());
  const std::vector<NominationVoice> voices = All<NominationVoice>();
  ASSERT_EQ(voices.size(), 2U);
  for (const NominationVoice& voice : voices) {
    EXPECT_EQ(voice.candidate_reason, voice.nominator.IsNil() ? kReason : "");
  }
  programme.ChangeMember("cyd", [&](Member& one) { one.pause_time = Now(); });
  EXPECT_THAT(nominate("cyd"), HasReason(Reason::kNotACandidate));
}

TEST_F(CandidatesTest, TheSearchEndsWhereItMayNotGoOn) {
  const auto stop = [] { return Error(Reason::kShuttingDown, "stop"); };
  EXPECT_THAT(use_cases::RankCandidates(programme.store(), "demo", "mvp", Now(), stop),
              HasReason(Reason::kShuttingDown));
  EXPECT_THAT(use_cases::RankCandidates(programme.store(), "demo", "none", Now(),
                                        [] { return absl::OkStatus(); }),
              HasReason(Reason::kNotFound));
}

}  // namespace
}  // namespace perigee::tests
