#pragma once

#include <functional>
#include <string>
#include <utility>

#include "server/domain/insider/item.h"
#include "server/use_cases/insider/gate.h"
#include "server/use_cases/lookup.h"
#include "tests/use_cases/champion/champions.h"

namespace perigee::tests {

// The programme of champions, with the item `preview` under embargo for everybody, in two versions
// and with the question `speed`.
class WithItemsTest : public ChampionsTest {
 protected:
  WithItemsTest() {
    domain::InsiderItem item;
    item.id = "preview";
    item.display_name = "The next bike";
    item.version = 2;
    item.open_time = Now();
    item.create_time = Now();
    item.questions = {{"speed", "Is it fast enough?"}};
    PutItem(item);
  }

  void PutItem(domain::InsiderItem item) {
    EXPECT_THAT(Do([&](ports::StoreReader&, const ports::UnitContext& unit)
                       -> absl::StatusOr<use_cases::Decided<domain::InsiderItem>> {
                  item.edit_revision = item.revision = unit.revision;
                  return use_cases::Put(item);
                }),
                IsOk());
  }
  void ChangeItem(const std::function<void(domain::InsiderItem&)>& change) {
    domain::InsiderItem item = All<domain::InsiderItem>().at(0);
    change(item);
    PutItem(std::move(item));
  }
  // Takes it from everybody.
  void HideItem() {
    ChangeItem([&](domain::InsiderItem& item) { item.withdraw_time = Now(); });
  }
  void Suspend(const std::string& member) {
    programme.ChangeMember(
        member, [&](domain::Member& one) { EXPECT_THAT(domain::Suspend(one, Now()), IsOk()); });
  }
  // What `read`, (StoreReader&, PersonalGate&) → StatusOr<T>, finds for the person now.
  template <class ReadAs>
  auto As(const std::string& member, const ReadAs& read) {
    decltype(read(std::declval<ports::StoreReader&>(),
                  std::declval<use_cases::PersonalGate&>())) found = absl::UnknownError("");
    programme.Read([&](ports::StoreReader& reader) {
      const domain::Member person = use_cases::RequireMember(reader, "demo", member).value();
      auto gate = use_cases::PersonalGate::Of(reader, "demo", person, Now());
      found = read(reader, *gate);
      return absl::OkStatus();
    });
    EXPECT_THAT(found, IsOk());
    return *std::move(found);
  }
};

}  // namespace perigee::tests
