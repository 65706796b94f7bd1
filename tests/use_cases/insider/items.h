#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/item.h"
#include "server/domain/insider/seat.h"
#include "server/domain/member/member.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/insider/gate.h"
#include "server/use_cases/insider/items.h"
#include "tests/jobs/units.h"
#include "tests/matchers/status.h"

namespace perigee::tests {

// A programme with the members ada of Chile, bob of New Zealand and cyd, a partner, and the insider
// item `bike` for partners. It is a draft, released at midnight of 1 December in each country.
// Changes are decided by the use cases and written to a real store.
class InsiderItemsTest : public UnitsTest {
 protected:
  using Outcome = domain::GateOutcome;
  using Item = absl::StatusOr<domain::InsiderItem>;

  InsiderItemsTest() {
    for (const char* id : {"ada", "bob", "cyd"}) {
      programme.AddMember(id);
    }
    programme.ChangeMember("ada", [](domain::Member& m) { m.facets = {"chile"}; });
    programme.ChangeMember("bob", [](domain::Member& m) { m.facets = {"zealand"}; });
    programme.ChangeMember(
        "cyd", [](domain::Member& m) { m.kinds = {domain::StakeholderKind::kPartner}; });
    EXPECT_THAT(Create(Bike()), IsOk());
  }

  static domain::InsiderItem Bike() {
    domain::InsiderItem item;
    item.id = "bike";
    item.display_name = "The next bike";
    item.kind = domain::ItemKind::kPreview;
    item.audience = "kind:partner";
    item.releases = {
        {"south", "Chile", "facet:chile", "2026-12-01T00:00:00", "America/Santiago", Time{}},
        {"east", "New Zealand", "facet:zealand", "2026-12-01T00:00:00", "Pacific/Auckland",
         Time{}}};
    EXPECT_THAT(domain::NormalizeItem(item), IsOk());
    return item;
  }
  Item Create(const domain::InsiderItem& item) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::CreateItem(reader, unit, "demo", item);
    });
  }
  Item Change(const std::function<void(domain::InsiderItem&)>& change,
              const std::string& etag = "") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::UpdateItem(reader, unit, "demo", "bike", {change, etag});
    });
  }
  Item Move(const use_cases::ItemMoveAt& move, const std::string& id = "bike") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::MoveItem(reader, unit, "demo", id, move);
    });
  }
  Item Open() {
    return Move([](Time now, domain::InsiderItem& item) { return domain::Open(now, item); });
  }
  Item Withdraw() {
    return Move([](Time now, domain::InsiderItem& item) { return domain::Withdraw(now, item); });
  }
  absl::StatusOr<domain::ItemVersion> AddVersion(const std::string& body,
                                                 const std::string& id = "bike") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::AddItemVersion(reader, unit, "demo", id, body);
    });
  }
  // Writes a record as it is.
  template <class R>
  void PutRecord(R record) {
    EXPECT_THAT(Do([&](auto&, const auto& unit) {
                  record.revision = unit.revision;
                  return absl::StatusOr<use_cases::Decided<R>>(use_cases::Put(record));
                }),
                IsOk());
  }
  // A claim of that member, made now.
  void Claim(std::int64_t id, const std::string& member) {
    domain::Seat claim;
    claim.id = id;
    claim.member = programme.KeyOf(member);
    claim.item = "bike";
    claim.create_time = Now();
    PutRecord(claim);
  }
  std::vector<domain::Seat> Claims() {
    std::vector<domain::Seat> claims;
    programme.Read([&](ports::StoreReader& reader) {
      claims = reader.records().List<domain::Seat>("demo", {}, nullptr, 1000).value();
      return absl::OkStatus();
    });
    return claims;
  }
  domain::InsiderItem Stored() {
    domain::InsiderItem item;
    programme.Read([&](ports::StoreReader& reader) {
      item = use_cases::RequireItem(reader, "demo", "bike").value();
      return absl::OkStatus();
    });
    return item;
  }
  // What the member would see at that instant.
  absl::StatusOr<use_cases::ItemPreview> Preview(const std::string& member, Time at,
                                                 const std::string& id = "bike") {
    absl::StatusOr<use_cases::ItemPreview> preview = absl::UnknownError("not asked");
    programme.Read([&](ports::StoreReader& reader) {
      preview = use_cases::PreviewItem(reader, "demo", id, member, at);
      return absl::OkStatus();
    });
    return preview;
  }
  Outcome OutcomeOf(const std::string& member) { return Preview(member, Now())->outcome; }
  std::vector<Outcome> Outcomes() { return {OutcomeOf("ada"), OutcomeOf("bob"), OutcomeOf("cyd")}; }
  Time Now() { return programme.clock.Now(); }
};

}  // namespace perigee::tests
