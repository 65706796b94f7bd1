#include "server/use_cases/orbit/people.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "server/core/status_macros.h"
#include "server/domain/access/role_grant.h"
#include "server/domain/orbit/departure.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/portions.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/in_views.h"
#include "server/use_cases/orbit/orbit.h"

namespace perigee::use_cases {
namespace {

using domain::Departure;
using domain::Identity;
using domain::MemberKey;
using domain::RoleGrant;

constexpr int kPage = static_cast<int>(ports::kPortion);

// The members whom the grant lets act: its pseudonym, and those who sign in as its subject.
absl::StatusOr<std::vector<MemberKey>> HoldersOf(ports::StoreReader& reader,
                                                 const std::string& program,
                                                 const RoleGrant& grant) {
  std::vector<MemberKey> holders{grant.principal};
  if (!grant.subject_digest.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(
        const std::vector<Identity> identities,
        reader.records().List<Identity>(program, {{"subject_digest", grant.subject_digest}},
                                        nullptr, kPage));
    for (const Identity& identity : identities) {
      if (!identity.link) {
        holders.push_back(identity.member);
      }
    }
  }
  return holders;
}

}  // namespace

absl::StatusOr<People> People::Load(const ports::Store& store, const std::string& program, Time now,
                                    const GoesOn& goes_on, std::span<const std::string> named) {
  std::optional<People> people;
  PERIGEE_RETURN_IF_ERROR(store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(OrbitSetting setting, OrbitSetting::Of(reader, program, named));
    people = People(std::move(setting));
    return absl::OkStatus();
  }));
  PERIGEE_RETURN_IF_ERROR(people->LoadPersons(store, now, goes_on));
  PERIGEE_RETURN_IF_ERROR(people->LoadMerged(store));
  PERIGEE_RETURN_IF_ERROR(people->LoadRoles(store, now));
  return *std::move(people);
}

absl::Status People::LoadPersons(const ports::Store& store, Time now, const GoesOn& goes_on) {
  std::vector<ports::MemberFacts> facts;
  do {
    PERIGEE_RETURN_IF_ERROR(goes_on());
    PERIGEE_RETURN_IF_ERROR(store.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(
          facts,
          reader.members().ListFacts(setting_.program,
                                     persons_.empty() ? MemberKey{} : persons_.back().head, kPage));
      return absl::OkStatus();
    }));
    for (const ports::MemberFacts& member : facts) {
      persons_.push_back({member.key, member.join_time, kEndOfTime,
                          domain::IsStaff(member.type, member.kinds),
                          IsHidden(member.board_opt_out, member.standing),
                          member.standing == domain::Standing::kSuspended,
                          domain::IsPaused(member.pause_time, member.pause_end_time, now)});
    }
  } while (std::cmp_equal(facts.size(), kPage));
  return absl::OkStatus();
}

absl::Status People::LoadMerged(const ports::Store& store) {
  std::vector<MemberKey> merged;
  for (const Person& person : persons_) {
    if (setting_.merged.IsOneOfMany(person.head)) {
      const std::vector<MemberKey> all = setting_.merged.AllOf(person.head);
      merged.insert(merged.end(), all.begin() + 1, all.end());
    }
  }
  const auto take = [&](std::span<MemberKey> keys) {
    return store.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> members,
                               reader.members().FindByKeys(setting_.program, keys));
      for (const domain::Member& member : members) {
        // A person is here since the first of its members is.
        const auto head = std::ranges::lower_bound(persons_, setting_.merged.HeadOf(member.key), {},
                                                   &Person::head);
        if (head != persons_.end()) {
          head->join_time = std::min(head->join_time, member.join_time);
          head->staff = head->staff || domain::IsStaff(member.type, member.kinds);
        }
      }
      return absl::OkStatus();
    });
  };
  return ports::InPortions(std::span(merged), take);
}

absl::Status People::LoadRoles(const ports::Store& store, Time now) {
  return InViews<RoleGrant>(
      store, setting_.program, {},
      [&](ports::StoreReader& reader, const RoleGrant& grant) -> absl::Status {
        if (!grant.IsLive(now)) {
          return absl::OkStatus();
        }
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<MemberKey> holders,
                                 HoldersOf(reader, setting_.program, grant));
        for (const MemberKey& holder : holders) {
          const MemberKey key = setting_.merged.HeadOf(holder);
          const auto head = std::ranges::lower_bound(persons_, key, {}, &Person::head);
          if (head != persons_.end() && head->head == key) {
            head->staff = true;
          }
        }
        return absl::OkStatus();
      });
}

const Person* People::Find(const MemberKey& head) const {
  const auto found = std::ranges::lower_bound(persons_, head, {}, &Person::head);
  return found == persons_.end() || found->head != head ? nullptr : &*found;
}

absl::Status People::VisitPresent(const ports::Store& store, const GoesOn& goes_on,
                                  Visit visit) const {
  return ports::InPortions(std::span(persons_), [&](std::span<const Person> some) -> absl::Status {
    PERIGEE_RETURN_IF_ERROR(goes_on());
    std::vector<MemberKey> heads;
    for (const Person& person : some) {
      heads.push_back(person.head);
    }
    return store.Read([&](ports::StoreReader& reader) {
      return VisitDeedsOf(
          reader, setting_, heads,
          [&](std::size_t person, const PersonDeeds& deeds) { visit(some[person], deeds); });
    });
  });
}

absl::Status People::VisitDeparted(const ports::Store& store, Time time, const GoesOn& goes_on,
                                   Visit visit) const {
  return InViews<Departure>(
      store, setting_.program, {},
      [&](ports::StoreReader& reader, const Departure& departure) -> absl::Status {
        if (departure.leave_time <= time) {
          return absl::OkStatus();
        }
        PERIGEE_RETURN_IF_ERROR(goes_on());
        PERIGEE_ASSIGN_OR_RETURN(const PersonDeeds deeds,
                                 DeedsOf(reader, setting_, departure.members));
        visit({.head = departure.members.front(),
               .join_time = departure.join_time,
               .leave_time = departure.leave_time,
               .staff = departure.staff,
               .hidden = true},
              deeds);
        return absl::OkStatus();
      });
}

}  // namespace perigee::use_cases
