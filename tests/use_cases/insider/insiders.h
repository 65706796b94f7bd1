#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/item.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/insider/agreements.h"
#include "server/use_cases/insider/gate.h"
#include "server/use_cases/ledger/accounts.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/member/erase_member.h"
#include "server/use_cases/member/merges.h"
#include "tests/jobs/units.h"
#include "tests/matchers/status.h"

namespace perigee::tests {

// A programme with the members ada, bob, cyd and dan, who have 100 of `access` each, and the item
// `preview`, which everybody may see. What the use cases decide is written to a real store.
class InsidersTest : public UnitsTest {
 protected:
  InsidersTest() {
    for (const char* id : {"ada", "bob", "cyd", "dan"}) {
      programme.AddMember(id);
      programme.Earn(id, 100, Now(), "access");
    }
    Put(Preview());
  }

  // Answers what `read`, (StoreReader&) → StatusOr<T>, finds in one view.
  template <class Read>
  auto Reading(const Read& read) {
    decltype(read(std::declval<ports::StoreReader&>())) answer = absl::UnknownError("not read");
    programme.Read([&](ports::StoreReader& reader) {
      answer = read(reader);
      return absl::OkStatus();
    });
    return answer;
  }
  // An item that has just opened.
  domain::InsiderItem Preview() {
    domain::InsiderItem item;
    item.id = "preview";
    item.display_name = "A preview";
    item.kind = domain::ItemKind::kPreview;
    item.open_time = item.create_time = Now();
    return item;
  }
  template <class R>
  void Put(R record) {
    EXPECT_THAT(Do([&](auto&, const ports::UnitContext& unit) {
                  record.revision = unit.revision;
                  return absl::StatusOr<use_cases::Decided<R>>(use_cases::Put(record));
                }),
                IsOk());
  }
  domain::InsiderItem Stored(const std::string& id = "preview") {
    return Reading([&](ports::StoreReader& reader) {
             return use_cases::RequireItem(reader, "demo", id);
           })
        .value();
  }
  // Changes an item without its claims.
  template <class Change>
  void ChangeItem(const Change& change, const std::string& id = "preview") {
    domain::InsiderItem item = Stored(id);
    change(item);
    Put(std::move(item));
  }
  // Makes the agreement `nda` with a text.
  void MakeAgreement() {
    domain::Agreement nda;
    nda.id = "nda";
    nda.display_name = "We keep secrets";
    ASSERT_THAT(Do([&](auto& reader, const auto& unit) {
                  return use_cases::CreateAgreement(reader, unit, "demo", nda);
                }),
                IsOk());
    ASSERT_THAT(AddText("I tell nobody.", false), IsOk());
  }
  absl::StatusOr<domain::AgreementVersion> AddText(const std::string& body, bool required) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::AddAgreementVersion(reader, unit, "demo", "nda", body, required);
    });
  }
  absl::StatusOr<use_cases::PresentedAgreement> Present(const std::string& member,
                                                        const std::string& agreement = "nda") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::PresentAgreement(reader, unit, "demo", member, agreement);
    });
  }
  absl::StatusOr<use_cases::AcceptanceView> Accept(const std::string& member,
                                                   const use_cases::PresentedAgreement& presented) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::AcceptAgreement(reader, unit,
                                        {"demo", member, presented.acceptance.acceptance.id},
                                        presented.version.digest, "a laptop");
    });
  }
  // Presents the text and accepts it.
  absl::StatusOr<use_cases::AcceptanceView> Accept(const std::string& member) {
    const auto presented = Present(member);
    return presented.ok() ? Accept(member, *presented)
                          : absl::StatusOr<use_cases::AcceptanceView>(presented.status());
  }

  // What the gate says to the member now.
  domain::GateOutcome GateOf(const std::string& member, const std::string& item = "preview") {
    return Reading([&](ports::StoreReader& reader) -> absl::StatusOr<domain::GateOutcome> {
             PERIGEE_ASSIGN_OR_RETURN(const domain::Member who,
                                      use_cases::RequireMember(reader, "demo", member));
             PERIGEE_ASSIGN_OR_RETURN(use_cases::PersonalGate gate,
                                      use_cases::PersonalGate::Of(reader, "demo", who, Now()));
             PERIGEE_ASSIGN_OR_RETURN(const domain::InsiderItem found,
                                      use_cases::RequireItem(reader, "demo", item));
             return gate.Ask(found);
           })
        .value();
  }
  domain::Member MemberOf(const std::string& id) {
    return Reading([&](ports::StoreReader& reader) {
             return use_cases::RequireMember(reader, "demo", id);
           })
        .value();
  }

  void Suspend(const std::string& id) {
    programme.ChangeMember(id,
                           [](domain::Member& m) { m.standing = domain::Standing::kSuspended; });
  }
  absl::Status Merge(const std::string& into, const std::string& from) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::MergeMembers(reader, unit, {"demo", into, from, ""});
           })
        .status();
  }
  absl::Status Erase(const std::string& id) {
    ports::Unit unit;
    unit.program = "demo";
    unit.now = Now();
    return use_cases::EraseMember(programme.store(), unit, {"demo", id, "", {}},
                                  [](ports::Revision) { return std::string(); })
        .status();
  }

  // What the person has of `access`, and what of that is not held.
  std::int64_t BalanceOf(const std::string& member) {
    return Reading([&](ports::StoreReader& reader) -> absl::StatusOr<std::int64_t> {
             PERIGEE_ASSIGN_OR_RETURN(const use_cases::AccountView account,
                                      AccountOf(reader, member));
             PERIGEE_ASSIGN_OR_RETURN(const domain::Account total, use_cases::TotalOf(account));
             return total.balance;
           })
        .value();
  }
  std::int64_t AvailableOf(const std::string& member) {
    return Reading([&](ports::StoreReader& reader) -> absl::StatusOr<std::int64_t> {
             PERIGEE_ASSIGN_OR_RETURN(const use_cases::AccountView account,
                                      AccountOf(reader, member));
             return use_cases::AvailableAt(reader, account, Now());
           })
        .value();
  }
  void Go(Duration ahead) { programme.clock.Set(Now() + ahead); }
  Time Now() { return programme.clock.Now(); }

 private:
  static absl::StatusOr<use_cases::AccountView> AccountOf(ports::StoreReader& reader,
                                                          const std::string& member) {
    return use_cases::RequireAccount(reader,
                                     {.program = "demo", .asset = "access", .member_id = member});
  }
};

}  // namespace perigee::tests
