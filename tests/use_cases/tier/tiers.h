#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "server/domain/tier/tier_standing.h"
#include "server/jobs/due_loop.h"
#include "server/jobs/tier/tier_following.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/tier/tier_reviewing.h"
#include "server/use_cases/tier/tier_schemes.h"
#include "server/use_cases/tier/tier_standings.h"
#include "tests/domain/tier/tier_schemes.h"
#include "tests/jobs/units.h"
#include "tests/matchers/status.h"

namespace perigee::tests {

// A programme in UTC with the members ada, bob, cyd and dan, and its tiers, whose changes are
// decided by the use cases and written to a real store.
class TiersTest : public UnitsTest {
 protected:
  TiersTest() {
    for (const char* id : {"ada", "bob", "cyd", "dan"}) {
      programme.AddMember(id);
    }
  }

  absl::StatusOr<domain::TierScheme> Set(domain::TierScheme scheme, const std::string& etag = "") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::SetTierScheme(reader, unit, "demo", scheme, etag);
    });
  }
  absl::StatusOr<domain::TierStanding> Lock(const std::string& member,
                                            std::optional<std::string> level = std::nullopt,
                                            std::optional<Time> until = std::nullopt) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::LockTierStanding(reader, unit,
                                         {"demo", member, "loyalty", level, until, "because"});
    });
  }
  absl::StatusOr<domain::TierStanding> Unlock(const std::string& member) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::UnlockTierStanding(reader, unit, "demo", member, "loyalty");
    });
  }
  domain::TransferId Earn(const std::string& member, std::int64_t amount) {
    return programme.Earn(member, amount, programme.clock.Now());
  }

  template <class R>
  std::vector<R> All() {
    std::vector<R> all;
    programme.Read([&](ports::StoreReader& reader) {
      all = reader.records().List<R>("demo", {}, nullptr, 1000).value();
      return absl::OkStatus();
    });
    return all;
  }
  std::optional<domain::TierStanding> StandingOf(const std::string& id) {
    std::optional<domain::TierStanding> standing;
    programme.Read([&](ports::StoreReader& reader) {
      standing =
          use_cases::FindTierStanding(reader, "demo", programme.KeyOf(id), "loyalty").value();
      return absl::OkStatus();
    });
    return standing;
  }
  std::string LevelOf(const std::string& id) {
    return StandingOf(id).value_or(domain::TierStanding{}).level;
  }
  std::vector<std::string> TiersOf(const std::string& id) {
    std::vector<std::string> tiers;
    programme.Read([&](ports::StoreReader& reader) {
      tiers = reader.members().Find("demo", id).value().value().tiers;
      return absl::OkStatus();
    });
    return tiers;
  }
  // What a scheme would have news of, as `member from>to earned`.
  std::vector<std::string> Tried(const domain::TierScheme& wanted) {
    std::vector<std::string> moves;
    programme.Read([&](ports::StoreReader& reader) {
      const auto scheme = use_cases::PlanTierScheme(reader, "demo", wanted, "").value();
      const auto view =
          use_cases::TierView::Of(reader, "demo", programme.clock.Now(), programme.head).value();
      const auto portion = view.FindAmong(reader, scheme, {}, {1000, 1000}).value();
      for (const use_cases::TierFinding& finding : portion.findings) {
        if (finding.HasNews()) {
          const auto members = reader.members().FindByKeys("demo", {&finding.person.member, 1});
          moves.push_back(members->front().id + " " + finding.before.level + ">" +
                          finding.after.level + " " + std::to_string(finding.after.earned));
        }
      }
      return absl::OkStatus();
    });
    std::ranges::sort(moves);
    return moves;
  }

  // Does what is due of tiers, with time going on a little.
  void Apply(int portion = jobs::kTierPortion) {
    jobs::DueLoop loop({programme.store(), programme.clock, programme.leases()},
                       {jobs::TierApplying(portion), jobs::TierReviewing()});
    for (int i = 0; i < 10; ++i) {
      programme.clock.Set(programme.clock.Now() + std::chrono::milliseconds(1));
      ASSERT_THAT(loop.RunOnce(), IsOk());
    }
  }
  void GoTo(const std::string& time) {
    programme.clock.Set(Utc(time));
    Apply();
  }
};

}  // namespace perigee::tests
