#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "server/domain/badge/badge_grant.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/badge/badge_grants.h"
#include "server/use_cases/badge/badge_judging.h"
#include "server/use_cases/badge/badges.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/race.h"

namespace perigee::tests {
namespace {

constexpr char kBadge[] = "helper";

// Earned by one activity.
ports::Unit MakeBadge(const std::string& type, bool keeps) {
  domain::Badge badge;
  badge.id = kBadge;
  badge.display_name = "Helper";
  badge.rule.keeps = keeps;
  badge.rule.stages.emplace_back().criteria.emplace_back().terms = {{type, 1}};
  return UnitOf([badge](auto& reader, const auto& unit) {
    return use_cases::CreateBadge(reader, unit, kProgram, badge);
  });
}

std::vector<domain::BadgeGrant> AllGrants(ports::StoreReader& reader) {
  return reader.records()
      .List<domain::BadgeGrant>(kProgram, {{"badge", kBadge}}, nullptr, 100)
      .value();
}

}  // namespace

TEST_P(StoreConformance, ABadgeIsGrantedOnceByWhoeverFindsItEarned) {
  MakeProgram();
  domain::Activity activity = MakeActivity("e1", 2);
  activity.actor = ada_;
  domain::Changes recorded;
  recorded.records.Put(activity);
  ASSERT_THAT(WriteChanges(std::move(recorded)), IsOk());
  ASSERT_THAT(Write(MakeBadge(activity.type, true)), IsOk());
  const auto badge = Reading<domain::Badge>(
      [](ports::StoreReader& reader) { return use_cases::RequireBadge(reader, kProgram, kBadge); });
  using Portion = use_cases::BadgeView::Portion;
  const auto found = Reading<Portion>([&](ports::StoreReader& reader) -> absl::StatusOr<Portion> {
    const auto view = use_cases::BadgeView::Of(reader, kProgram, kStart);
    return view.ok() ? view->FindAmong(reader, badge, {}, {100, 100}) : view.status();
  });
  ASSERT_EQ(found.findings.size(), 1U);
  EXPECT_EQ(found.examined, 2);
  std::atomic<int> changed{0};
  const Race race = AtOnce(16, [&](int) {
    const domain::Revision before = Head();
    Outcome outcome = Write(
        UnitOf([&](auto& reader, const auto& unit) -> absl::StatusOr<use_cases::Decided<int>> {
          use_cases::Decided<int> decided{};
          const absl::Status settled =
              use_cases::SettleBadges(reader, unit, kProgram, found.findings, decided.changes);
          changed += decided.changes.Empty() ? 0 : 1;
          return settled.ok() ? absl::StatusOr<use_cases::Decided<int>>(decided) : settled;
        }));
    EXPECT_TRUE(!outcome.ok() || outcome->revision >= before);
    return outcome;
  });
  EXPECT_EQ(race, (Race{16, {}}));
  const auto grants = Reading<std::vector<domain::BadgeGrant>>(
      [](ports::StoreReader& reader) -> absl::StatusOr<std::vector<domain::BadgeGrant>> {
        return AllGrants(reader);
      });
  ASSERT_EQ(grants.size(), 1U);
  EXPECT_EQ(grants[0].member, ada_);
  EXPECT_EQ(grants[0].regrants, 0);
  ASSERT_EQ(domain::StagesOf(grants[0]).size(), 1U);
  EXPECT_EQ(domain::StagesOf(grants[0])[0].facts, std::vector<std::string>{"2"});
  const auto badges = Reading<std::vector<std::string>>(
      [](ports::StoreReader& reader) -> absl::StatusOr<std::vector<std::string>> {
        return reader.members().Find(kProgram, "ada").value().value().badges;
      });
  EXPECT_EQ(badges, std::vector<std::string>{kBadge});
}

TEST_P(StoreConformance, OneOfManyWhoGrantAndRevokeABadgeMakesEachMove) {
  MakeProgram();
  ASSERT_THAT(Write(MakeBadge("none", true)), IsOk());
  std::atomic<int> granted{0};
  const Race race = AtOnce(20, [&](int i) {
    const bool grants = i % 2 == 0;
    Outcome outcome = Write(UnitOf([grants](auto& reader, const auto& unit) {
      return grants ? use_cases::GrantBadge(reader, unit, kProgram, kBadge, "ada", "why")
                    : use_cases::RevokeBadge(reader, unit, kProgram, kBadge, "ada", "why");
    }));
    granted += grants && outcome.ok() ? 1 : 0;
    return outcome;
  });
  const int revoked = race.done - granted;
  EXPECT_EQ(race.done + race.RefusedFor(Reason::kIllegalMove) + race.RefusedFor(Reason::kNotFound),
            20);
  const auto grants = Reading<std::vector<domain::BadgeGrant>>(
      [](ports::StoreReader& reader) -> absl::StatusOr<std::vector<domain::BadgeGrant>> {
        return AllGrants(reader);
      });
  ASSERT_EQ(grants.size(), 1U);
  EXPECT_EQ(grants[0].regrants, granted - 1);
  EXPECT_EQ(domain::IsLive(grants[0]), granted > revoked);
  EXPECT_LE(granted - revoked, 1);
}

}  // namespace perigee::tests
