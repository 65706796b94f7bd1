#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "server/domain/insider/item.h"
#include "server/ports/insider/item_read_reader.h"
#include "server/use_cases/insider/items.h"
#include "server/use_cases/insider/open_items.h"
#include "server/use_cases/insider/reads.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/write_and_wait.h"
#include "tests/use_cases/champion/champions.h"

namespace perigee::tests {

// A programme with members as in ChampionsTest, of whom ada holds the title `mvp`, and insider
// items for its holders.
class OpenItemsTest : public ChampionsTest {
 protected:
  OpenItemsTest() { EXPECT_THAT(Appoint("ada"), IsOk()); }

  // Makes an item for those who hold the title and opens it, with a body if it has one.
  void Open(
      const std::string& id, const std::string& body = "It *folds*.",
      const std::function<void(domain::InsiderItem&)>& change = [](auto&) {}) {
    Draft(id, body, change);
    EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                  return use_cases::MoveItem(
                      reader, unit, "demo", id,
                      [](Time now, domain::InsiderItem& item) { return domain::Open(now, item); });
                }),
                IsOk());
  }
  void Draft(
      const std::string& id, const std::string& body,
      const std::function<void(domain::InsiderItem&)>& change = [](auto&) {}) {
    domain::InsiderItem item;
    item.id = id;
    item.display_name = "The " + id;
    item.kind = domain::ItemKind::kPreview;
    item.audience = "title:mvp";
    change(item);
    EXPECT_THAT(domain::NormalizeItem(item), IsOk());
    EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                  return use_cases::CreateItem(reader, unit, "demo", item);
                }),
                IsOk());
    if (!body.empty()) {
      AddVersion(id, body);
    }
  }
  void AddVersion(const std::string& id, const std::string& body) {
    EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                  return use_cases::AddItemVersion(reader, unit, "demo", id, body);
                }),
                IsOk());
  }

  absl::StatusOr<use_cases::OpenBody> Body(const std::string& member, const std::string& item) {
    absl::StatusOr<use_cases::OpenBody> body = absl::UnknownError("");
    programme.Read([&](ports::StoreReader& reader) {
      body = use_cases::OpenBodyOf(reader, "demo", member, item, Now());
      return absl::OkStatus();
    });
    return body;
  }
  // The ids of the items that are open for the member.
  std::vector<std::string> Listed(const std::string& member, const std::string& key = "",
                                  const std::string& after = "", int limit = 0) {
    std::vector<std::string> ids;
    programme.Read([&](ports::StoreReader& reader) {
      auto gate = use_cases::PersonalGate::Of(
          reader, "demo", use_cases::RequireMember(reader, "demo", member).value(), Now());
      EXPECT_THAT(gate, IsOk());
      const std::vector<use_cases::OpenItem> all =
          use_cases::OpenItemsOf(reader, "demo", *gate, key, after, limit).value();
      for (const use_cases::OpenItem& open : all) {
        ids.push_back(open.item.id);
      }
      return absl::OkStatus();
    });
    return ids;
  }
  // Puts the read of a body on record. The entry.
  absl::StatusOr<domain::ItemRead> Record(const use_cases::OpenBody& body) {
    domain::ItemRead entry;
    ports::Unit unit;
    unit.program = "demo";
    unit.now = Now();
    unit.in_closed = true;
    unit.decide = [&](ports::StoreReader& reader,
                      const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
      auto recorded =
          use_cases::RecordItemRead(reader, context, "demo", body.reader, body.part, Now());
      if (!recorded.ok()) {
        return recorded.status();
      }
      entry = recorded->entry;
      return use_cases::DecisionOf(*std::move(recorded));
    };
    const auto outcome = use_cases::WriteAndWait(programme.store(), std::move(unit));
    if (!outcome.ok()) {
      return outcome.status();
    }
    return entry;
  }
  std::vector<domain::ItemRead> Log(const ports::ItemReadQuery& query = {}) {
    std::vector<domain::ItemRead> log;
    programme.Read([&](ports::StoreReader& reader) {
      log = reader.item_reads().List("demo", query, 1000).value();
      return absl::OkStatus();
    });
    return log;
  }
  void Go(Duration ahead) { programme.clock.Set(Now() + ahead); }
  Time Now() { return programme.clock.Now(); }
};

}  // namespace perigee::tests
