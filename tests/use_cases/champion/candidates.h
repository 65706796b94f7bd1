#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/resource_name.h"
#include "server/use_cases/champion/candidate_search.h"
#include "server/use_cases/champion/candidates.h"
#include "tests/use_cases/champion/contributed.h"

namespace perigee::tests {

// The programme of contributions on 2026-11-21, where `mvp` has four criteria: two active days and
// one person met in 30 days, 5 reputation in 90, a reach of 100 in 365. `ada` meets them all: she
// did something for bob on the 10th and the 20th, earned 8, and her talk of the 20th was accepted.
class CandidatesTest : public ContributedTest {
 protected:
  using Measure = domain::CandidateMeasure;

  CandidatesTest() {
    EXPECT_THAT(Change([](domain::Title& title) {
                  title.criteria = {CriterionOf("presence", Measure::kActiveDays, 2, 30),
                                    CriterionOf("capital", Measure::kEarned, 5, 90),
                                    CriterionOf("circle", Measure::kMet, 1, 30),
                                    CriterionOf("reach", Measure::kReach, 100, 365)};
                }),
                IsOk());
    MakeCandidate("ada", "bob");
  }

  static domain::CandidateCriterion CriterionOf(const std::string& id, Measure measure,
                                                std::int64_t at_least, int days) {
    domain::CandidateCriterion criterion;
    criterion.id = id;
    criterion.display_name = id;
    criterion.measure = measure;
    criterion.asset = measure == Measure::kEarned ? "reputation" : "";
    criterion.at_least = at_least;
    criterion.window_days = days;
    return criterion;
  }
  void Did(const std::string& actor, const std::string& day, const std::string& other = "") {
    Record("chat", actor, other, absl::StrCat("e", ++events_), At(day));
  }
  void MakeCandidate(const std::string& member, const std::string& other) {
    Did(member, "2026-11-10", other);
    Did(member, "2026-11-20", other);
    programme.Earn(member, 8, At("2026-11-15"));
    const auto contribution = Submit(member, "https://example.com/" + member);
    ASSERT_THAT(contribution, IsOk());
    Accept(contribution->contribution.id);
  }
  use_cases::CandidateRanking Rank() {
    const auto ranking = use_cases::RankCandidates(programme.store(), "demo", "mvp", Now(),
                                                   [] { return absl::OkStatus(); });
    EXPECT_THAT(ranking, IsOk());
    return ranking.value_or(use_cases::CandidateRanking());
  }
  std::vector<std::string> Ranked() {
    const use_cases::CandidateRanking ranking = Rank();
    std::vector<std::string> ids;
    for (const use_cases::RankedCandidate& one : ranking.best) {
      ids.push_back(one.member_id);
    }
    return ids;
  }
  absl::StatusOr<use_cases::CandidateView> View(const std::string& member) {
    absl::StatusOr<use_cases::CandidateView> view = absl::UnknownError("");
    programme.Read([&](ports::StoreReader& reader) {
      view = use_cases::ViewCandidate(reader, "demo", "mvp", member, Now());
      return absl::OkStatus();
    });
    return view;
  }
  static Time At(const std::string& day) { return *ParseTime(day + "T10:00:00Z"); }

 private:
  int events_ = 0;
};

}  // namespace perigee::tests
