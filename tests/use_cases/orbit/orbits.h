#pragma once

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/domain/member/member.h"
#include "server/use_cases/activity/record_activity.h"
#include "server/use_cases/orbit/activity_types.h"
#include "server/use_cases/orbit/census.h"
#include "server/use_cases/orbit/orbit.h"
#include "tests/use_cases/champion/champions.h"

namespace perigee::tests {

// A programme with the members ada, bob, cyd and dan, whose levels are computed from activities in
// a real store. It is 2026-11-21, a Saturday. Reviews begin the quarters.
class OrbitsTest : public UnitsTest {
 protected:
  OrbitsTest() {
    for (const char* id : {"ada", "bob", "cyd", "dan"}) {
      programme.AddMember(id);
    }
  }

  absl::Status SetWeight(const std::string& type, int weight) {
    domain::ActivityType set;
    set.id = type;
    set.display_name = type;
    set.weight = weight;
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::SetActivityType(reader, unit, "demo", set, "");
           })
        .status();
  }

  // Records that the member did something, to or for the other one.
  void Record(const std::string& actor, const std::string& type, Time time,
              const std::string& recipient = "") {
    use_cases::ActivityDraft draft;
    draft.actor = actor;
    draft.recipient = recipient;
    draft.activity.type = type;
    draft.activity.source = "test";
    draft.activity.source_event_id = absl::StrCat("e", ++events_);
    draft.activity.occur_time = time;
    struct Decided {
      domain::Activity value;
      domain::Changes changes;
    };
    EXPECT_THAT(Do([&](ports::StoreReader& reader,
                       const ports::UnitContext& unit) -> absl::StatusOr<Decided> {
                  auto recorded = use_cases::RecordActivity(reader, unit, "demo", draft);
                  if (!recorded.ok()) {
                    return recorded.status();
                  }
                  return Decided{std::move(recorded->activity), std::move(recorded->changes)};
                }),
                IsOk());
  }

  use_cases::MemberOrbit Orbit(const std::string& member) {
    use_cases::MemberOrbit orbit;
    programme.Read([&](ports::StoreReader& reader) {
      absl::StatusOr<use_cases::MemberOrbit> found =
          use_cases::OrbitOf(reader, "demo", member, Now());
      EXPECT_THAT(found, IsOk());
      orbit = found.value_or(use_cases::MemberOrbit());
      return absl::OkStatus();
    });
    return orbit;
  }
  int Index(const std::string& member) { return Orbit(member).held.index; }

  use_cases::OrbitMap Map() {
    const auto map = use_cases::MapOrbit(programme.store(), "demo", Now(), GoOn);
    EXPECT_THAT(map, IsOk());
    return map.value_or(use_cases::OrbitMap());
  }
  absl::StatusOr<use_cases::OrbitChange> Compare(Time from, Time to) {
    return use_cases::CompareOrbit(programme.store(), "demo", from, to, Now(), GoOn);
  }

  absl::Status Merge(const std::string& into, const std::string& from) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::MergeMembers(reader, unit, {"demo", into, from, ""});
           })
        .status();
  }
  absl::Status Unmerge(const std::string& member) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::UnmergeMember(reader, unit, {"demo", member, ""});
           })
        .status();
  }
  absl::Status Erase(const std::string& member) {
    ports::Unit unit;
    unit.program = "demo";
    unit.now = Now();
    use_cases::ErasureOrder order;
    order.program = "demo";
    order.member_id = member;
    return use_cases::EraseMember(programme.store(), unit, order,
                                  [](ports::Revision) { return std::string(); })
        .status();
  }

  static absl::Status GoOn() { return absl::OkStatus(); }
  Time Now() { return programme.clock.Now(); }
  static Time At(const std::string& day) { return *ParseTime(day + "T10:00:00Z"); }

 private:
  int events_ = 0;
};

}  // namespace perigee::tests
