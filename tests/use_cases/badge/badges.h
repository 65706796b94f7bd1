#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "server/domain/badge/badge.h"
#include "server/domain/badge/badge_grant.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/activity/record_activity.h"
#include "server/use_cases/badge/badge_grants.h"
#include "server/use_cases/badge/badges.h"
#include "server/use_cases/member/merges.h"
#include "server/use_cases/write_and_wait.h"
#include "tests/domain/badge/badge_facts.h"
#include "tests/jobs/programme.h"
#include "tests/matchers/status.h"

namespace perigee::tests {

// A programme with the members ada, bob, cyd and dan, its activities, and its badges, whose changes
// are decided by the use cases and written to a real store.
class BadgesTest : public testing::Test {
 protected:
  BadgesTest() {
    for (const char* id : {"ada", "bob", "cyd", "dan"}) {
      programme.AddMember(id);
    }
  }

  // Writes the decision of a use case, (StoreReader&, UnitContext) → StatusOr<Decided<T>>.
  template <class UseCase>
  auto Do(UseCase use_case, std::string method = "") {
    using Decided = decltype(use_case(std::declval<ports::StoreReader&>(),
                                      std::declval<const ports::UnitContext&>()));
    absl::StatusOr<decltype(std::declval<Decided>()->value)> value = absl::UnknownError("");
    ports::Unit unit;
    unit.program = "demo";
    unit.now = programme.clock.Now();
    unit.method = std::move(method);
    unit.decide = [&](ports::StoreReader& reader,
                      const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
      Decided decided = use_case(reader, context);
      if (!decided.ok()) {
        return decided.status();
      }
      value = decided->value;
      ports::Decision decision;
      decision.changes = std::move(decided->changes);
      return decision;
    };
    const auto outcome = use_cases::WriteAndWait(programme.store(), std::move(unit));
    if (!outcome.ok()) {
      value = outcome.status();
    } else {
      programme.head = outcome->revision;
    }
    return value;
  }

  // Records an activity of that type for a member, on that object.
  domain::Revision Record(const std::string& type, const std::string& recipient,
                          const std::string& object, const std::string& actor = "",
                          bool imported = false, std::optional<Time> occurred = std::nullopt) {
    use_cases::ActivityDraft draft;
    draft.actor = actor;
    draft.recipient = recipient;
    draft.activity.type = type;
    draft.activity.object = object;
    draft.activity.imported = imported;
    draft.activity.occur_time = occurred.value_or(draft.activity.occur_time);
    draft.activity.source = "test";
    draft.activity.source_event_id = std::to_string(++events_);
    ports::Unit unit;
    unit.program = "demo";
    unit.now = programme.clock.Now();
    unit.decide = [&](ports::StoreReader& reader,
                      const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
      auto recorded = use_cases::RecordActivity(reader, context, "demo", draft);
      if (!recorded.ok()) {
        return recorded.status();
      }
      ports::Decision decision;
      decision.changes = std::move(recorded->changes);
      return decision;
    };
    const auto outcome = use_cases::WriteAndWait(programme.store(), std::move(unit));
    EXPECT_THAT(outcome, IsOk());
    programme.head = outcome.ok() ? outcome->revision : programme.head;
    return programme.head;
  }

  absl::StatusOr<domain::Badge> Create(domain::Badge badge) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::CreateBadge(reader, unit, "demo", badge);
    });
  }
  absl::StatusOr<domain::Badge> Change(const std::function<void(domain::Badge&)>& change,
                                       const std::string& etag = "") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::UpdateBadge(reader, unit, "demo", "nice", {change, etag});
    });
  }
  absl::StatusOr<domain::BadgeGrant> Grant(const std::string& member) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::GrantBadge(reader, unit, "demo", "nice", member, "because");
    });
  }
  absl::StatusOr<domain::BadgeGrant> Revoke(const std::string& member) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::RevokeBadge(reader, unit, "demo", "nice", member, "because");
    });
  }
  absl::Status Merge(const std::string& into, const std::string& from) {
    return Do(
               [&](auto& reader, const auto& unit) {
                 return use_cases::MergeMembers(reader, unit, {"demo", into, from, ""});
               },
               "MemberAdminService/MergeMembers")
        .status();
  }
  absl::Status Unmerge(const std::string& member) {
    return Do(
               [&](auto& reader, const auto& unit) {
                 return use_cases::UnmergeMember(reader, unit, {"demo", member, ""});
               },
               "MemberAdminService/UnmergeMember")
        .status();
  }

  std::vector<std::string> BadgesOf(const std::string& id) {
    std::vector<std::string> badges;
    programme.Read([&](ports::StoreReader& reader) {
      badges = reader.members().Find("demo", id).value().value().badges;
      return absl::OkStatus();
    });
    return badges;
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
  // The member's grant of `nice`.
  std::optional<domain::BadgeGrant> GrantOf(const std::string& id) {
    const domain::MemberKey key = programme.KeyOf(id);
    for (const domain::BadgeGrant& grant : All<domain::BadgeGrant>()) {
      if (grant.member == key && grant.badge == "nice") {
        return grant;
      }
    }
    return std::nullopt;
  }
  // Runs the due loop until nothing is due, with time going on.
  void Apply() {
    for (int i = 0; i < 20; ++i) {
      programme.clock.Set(programme.clock.Now() + std::chrono::milliseconds(1));
      programme.DoWhatIsDue();
    }
  }

  Programme programme;

 private:
  int events_ = 0;
};

}  // namespace perigee::tests
