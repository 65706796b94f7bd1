#include "server/domain/champion/contribution.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/civil_time.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Contribution;
using domain::ContributionKind;
using domain::ContributionShare;
using Move = domain::ContributionMove;
using State = domain::ContributionState;
using testing::ElementsAre;

constexpr Time kNow = FromMicros(1'000);

TEST(ContributionTest, ADecisionNotesItsTime) {
  Contribution contribution;
  contribution.state = State::kSubmitted;
  ASSERT_THAT(Make(Move::kStartReview, kNow, contribution), IsOk());
  EXPECT_EQ(contribution.decide_time, std::nullopt);
  ASSERT_THAT(Make(Move::kAccept, kNow, contribution), IsOk());
  EXPECT_EQ(contribution.decide_time, kNow);
}

std::vector<std::int64_t> Split(std::int64_t credit, std::vector<ContributionShare> authors) {
  domain::SplitCredit(credit, authors);
  std::vector<std::int64_t> shares;
  for (const ContributionShare& author : authors) {
    shares.push_back(author.share);
  }
  return shares;
}

std::vector<ContributionShare> Weighing(const std::vector<std::int64_t>& weights) {
  std::vector<ContributionShare> authors;
  for (const std::int64_t weight : weights) {
    authors.emplace_back().weight = weight;
  }
  return authors;
}

TEST(ContributionTest, CreditIsSplitToTheLastUnit) {
  EXPECT_THAT(Split(10, Weighing({5, 3, 1})), ElementsAre(6, 3, 1));
  EXPECT_THAT(Split(100, Weighing({1, 1, 1})), ElementsAre(34, 33, 33));
  EXPECT_THAT(Split(1, Weighing({1, 1, 1})), ElementsAre(1, 0, 0));
  EXPECT_THAT(Split(2, Weighing({1, 5, 1})), ElementsAre(0, 2, 0));
  EXPECT_THAT(Split(7, Weighing({1})), ElementsAre(7));
  std::vector<ContributionShare> authors = Weighing({5, 3, 1});
  authors[1].declined = true;
  EXPECT_THAT(Split(10, authors), ElementsAre(8, 0, 2));
  authors[2].declined = true;
  EXPECT_THAT(Split(10, authors), ElementsAre(10, 0, 0));
}

TEST(ContributionTest, LinksAreComparedByTheRuleOfTheContract) {
  const std::pair<std::string, std::string> cases[] = {
      {"https://example.com/talk", "https://example.com/talk"},
      {"HTTPS://Example.COM/Talk", "https://example.com/Talk"},
      {"https://example.com:443/talk", "https://example.com/talk"},
      {"http://example.com:80", "http://example.com"},
      {"http://example.com:443/", "http://example.com:443"},
      {"https://example.com/talk//", "https://example.com/talk"},
      {"https://example.com/talk#minute-3", "https://example.com/talk"},
      {"https://example.com/?utm_source=a&v=1&utm_medium=b", "https://example.com?v=1"},
      {"https://example.com/talk/?utm_source=a#x?y", "https://example.com/talk"},
      {"https://example.com/talk?b=2&&a=1", "https://example.com/talk?b=2&a=1"},
      {"https://example.com?q=a/", "https://example.com?q=a/"},
  };
  for (const auto& [link, normal] : cases) {
    const auto found = domain::NormalizeLink("link", link);
    ASSERT_THAT(found, IsOk()) << link;
    EXPECT_EQ(*found, normal) << link;
    EXPECT_EQ(*domain::NormalizeLink("link", *found), normal) << link;
  }
  for (const char* wrong :
       {"", "example.com", "ftp://example.com", "https:", "https://", "https:///talk",
        "https://:443/", "https://me:secret@example.com", "https://example.com/a b", "http:/a"}) {
    EXPECT_THAT(domain::NormalizeLink("link", wrong), IsInvalidField("link")) << wrong;
  }
}

TEST(ContributionTest, AContributionIsOfTheLastTwoYears) {
  const Zone berlin = *Zone::Load("Europe/Berlin");
  const Time now = *ParseTime("2026-11-30T23:30:00Z");  // The 1st of December in Berlin.
  const auto check = [&](const std::string& day, const Zone& zone) {
    return domain::CheckAge("date", *domain::ParseDay("date", day), zone, now);
  };
  EXPECT_THAT(check("2026-12-01", berlin), IsOk());
  EXPECT_THAT(check("2026-12-01", Zone::Utc()), IsInvalidField("date"));
  EXPECT_THAT(check("2026-12-02", berlin), IsInvalidField("date"));
  EXPECT_THAT(check("2024-12-01", berlin), IsOk());
  EXPECT_THAT(check("2024-11-30", berlin), IsInvalidField("date"));
  EXPECT_THAT(check("2024-11-30", Zone::Utc()), IsOk());
  for (const char* wrong : {"", "2026-2-3", "2026-02-30", "30.11.2026", "2026-11-30T00:00:00Z",
                            " 2026-11-30", "2026-11"}) {
    EXPECT_THAT(domain::ParseDay("date", wrong), IsInvalidField("date")) << wrong;
  }
}

TEST(ContributionTest, WhatAMemberStatesHasLimits) {
  const auto check = [](auto change) {
    Contribution contribution;
    contribution.title = "On orbits";
    contribution.link = "https://example.com/orbits/";
    change(contribution);
    return domain::NormalizeContribution(contribution);
  };
  EXPECT_THAT(check([](Contribution&) {}), IsOk());
  EXPECT_THAT(check([](Contribution& one) { one.title = ""; }),
              IsInvalidField("contribution.title"));
  EXPECT_THAT(check([](Contribution& one) { one.title = std::string(201, 'a'); }),
              IsInvalidField("contribution.title"));
  EXPECT_THAT(check([](Contribution& one) { one.link = ""; }),
              IsInvalidField("contribution.evidence"));
  EXPECT_THAT(check([](Contribution& one) {
                one.link = "";
                one.evidence = "A recording";
              }),
              IsOk());
  EXPECT_THAT(check([](Contribution& one) { one.link = "orbits"; }),
              IsInvalidField("contribution.link"));
  EXPECT_THAT(check([](Contribution& one) { one.link += std::string(1000, 'a'); }),
              IsInvalidField("contribution.link"));
  EXPECT_THAT(check([](Contribution& one) { one.evidence = std::string(2001, 'a'); }),
              IsInvalidField("contribution.evidence"));
  EXPECT_THAT(check([](Contribution& one) { one.claimed_reach = -1; }),
              IsInvalidField("contribution.claimed_reach"));
}

TEST(ContributionTest, AKindIsCompletedAndHasLimits) {
  ContributionKind talk;
  talk.id = "talk";
  talk.display_name = "Talk";
  talk.credit = 0;
  ASSERT_THAT(domain::NormalizeKind(talk), IsOk());
  EXPECT_EQ(talk.credit, 1);
  EXPECT_EQ(talk.activity_type, "talk");
  const auto check = [&](auto change) {
    ContributionKind kind = talk;
    change(kind);
    return domain::NormalizeKind(kind);
  };
  EXPECT_THAT(check([](ContributionKind& kind) { kind.display_name = ""; }),
              IsInvalidField("contribution_kind.display_name"));
  EXPECT_THAT(check([](ContributionKind& kind) { kind.credit = -1; }),
              IsInvalidField("contribution_kind.credit"));
  EXPECT_THAT(check([](ContributionKind& kind) { kind.credit = domain::kCreditMax + 1; }),
              IsInvalidField("contribution_kind.credit"));
  EXPECT_THAT(check([](ContributionKind& kind) { kind.activity_type = "No id"; }),
              IsInvalidField("contribution_kind.activity_type"));
}

}  // namespace
}  // namespace perigee::tests
