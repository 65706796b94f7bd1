// Operations on badges and tiers, and what their followers do.

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/status_macros.h"
#include "server/domain/badge/badge.h"
#include "server/domain/badge/badge_grant.h"
#include "server/domain/tier/tier_scheme.h"
#include "server/domain/tier/tier_standing.h"
#include "tests/simulation/decisions.h"
#include "tests/simulation/decisions_recognition.h"
#include "tests/simulation/world.h"

namespace perigee::simulation {
namespace {

int PlaceOf(const std::string& badge) {
  return static_cast<int>(std::ranges::find(kBadges, badge) - std::begin(kBadges));
}

BadgeSpec RuleFrom(const Step& step) {
  return {1 + step.n[2] % 9, 1 + step.n[3] % 3, step.n[3] / 3 % 8 == 7};
}

SchemeSpec SchemeFrom(const Step& step) {
  SchemeSpec scheme;
  scheme.silver = step.n[1] % 4 == 3 ? 0 : 1 + step.n[1] / 4 % 12;
  scheme.gold = scheme.silver + 1 + step.n[2] % 20;
  scheme.low_water_percent = 50 + step.n[3] % 51;
  scheme.grace_days = step.n[3] / 51 % 4;
  scheme.notice_days = 14 + step.n[4] % 10;
  scheme.retired = step.n[4] / 10 % 8 == 7;
  return scheme;
}

}  // namespace

Operation World::ComposeRecognition(const Step& step) const {
  constexpr const char* kOn[] = {kAsItIs, "silver", "gold", ""};
  Operation operation;
  operation.action = step.action;
  RecognitionOrder& order = operation.recognition;
  order.badge = step.n[1] % static_cast<int>(std::size(kBadges));
  if (step.action == Action::kSetBadge) {
    order.rule = RuleFrom(step);
    order.grandfather = step.n[4] % 2 == 0;
    return operation;
  }
  if (step.action == Action::kSetScheme) {
    order.scheme = SchemeFrom(step);
    return operation;
  }
  operation.member = SomebodyFor(step.n[2]);
  if (step.action == Action::kLockTier) {
    order.level = kOn[step.n[3] % std::size(kOn)];
    order.until = step.n[4] % 3 == 0 ? 0 : Now() + (step.n[4] % 40 - 3) * kDay;
  }
  return operation;
}

void World::FollowRules(Server& server) {
  const int faults_before = server.faults.happened;
  server.store().Hear(kProgram, model_.head());
  int done = 0;
  // A follower that another server overtook tries again after a pause.
  for (int round = 0; round < 4; ++round) {
    server.executor().RunUpTo(std::chrono::hours(1));
    done += server.rules().Run(1000);
  }
  Note(absl::StrCat("follow the rules of badges and tiers: ", done));
  JudgeTime();
  if (report_.failure || server.faults.happened != faults_before) {
    return;
  }
  if (const std::string missed = model_.Missed(Now()); !missed.empty()) {
    Fail("who has caught up has given what the rules give", missed);
  }
}

Verdict World::JudgeRecognition(const domain::JournalEntry& entry) {
  const domain::RecordChanges& records = entry.changes.records;
  std::set<ModelBadges::Name> judged;
  std::set<int> rules;
  std::set<int> reviewed;
  std::vector<std::string> made;
  for (const auto* badge : records.All<domain::Badge>()) {
    rules.insert(PlaceOf(badge->id));
  }
  for (const auto* grant : records.All<domain::BadgeGrant>()) {
    judged.insert({PlaceOf(grant->badge), MemberOf(grant->member)});
    made.push_back(LineOf(*grant));
  }
  for (const auto* standing : records.All<domain::TierStanding>()) {
    reviewed.insert(MemberOf(standing->member));
    made.push_back(LineOf(*standing));
  }
  const bool is_scheme = !records.All<domain::TierScheme>().empty();
  const bool is_of_tiers = is_scheme || !reviewed.empty();
  const Verdict verdict = is_of_tiers ? model_.SettleTiers(reviewed, is_scheme, Now())
                                      : model_.SettleBadges(judged, rules, Now());
  for (const std::string& line : made) {
    Note(absl::StrCat("  given: ", line));
  }
  std::vector<std::string> expected;
  for (const ModelBadges::Name& name : judged) {
    expected.push_back(model_.badges().Line(name));
  }
  for (const int member : reviewed) {
    expected.push_back(model_.tiers().Line(member));
  }
  std::ranges::sort(made);
  std::ranges::sort(expected);
  CompareLines("followers and time give what the rules give", made, expected);
  return verdict;
}

void World::LookAtRecognition() {
  std::vector<std::string> lines;
  const absl::Status read = Observe([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(lines, LinesOfRecognition(reader));
    return absl::OkStatus();
  });
  if (!read.ok()) {
    Fail("at rest, the store can be read", read.ToString());
    return;
  }
  CompareLines("at rest, members have the badges and levels that the rules gave them", lines,
               model_.LinesOfRecognition());
}

}  // namespace perigee::simulation
