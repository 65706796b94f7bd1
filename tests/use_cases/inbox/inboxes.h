#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "server/domain/idea/idea.h"
#include "server/domain/inbox/inbox_position.h"
#include "server/domain/inbox/notification.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/item.h"
#include "server/domain/insider/seat.h"
#include "server/domain/thanks/thanks.h"
#include "server/ports/store.h"
#include "server/use_cases/inbox/inbox.h"
#include "server/use_cases/inbox/inbox_changes.h"
#include "server/use_cases/inbox/inbox_news.h"
#include "server/use_cases/lookup.h"
#include "tests/use_cases/champion/champions.h"

namespace perigee::tests {

// A programme with the members ada, bob, cyd and dan and the title `mvp`, and their inboxes. Items
// and what belongs to them are written as they are, so that the tests stand on facts alone.
class InboxesTest : public ChampionsTest {
 protected:
  using Kind = domain::InboxKind;
  using Kinds = std::vector<Kind>;

  Time Now() { return programme.clock.Now(); }
  void Wait(Duration time) { programme.clock.Advance(time); }

  // Writes a record in a unit of its own. `revised`: sets what holds the unit's revision.
  template <class R>
  R Write(R record, const std::function<void(R&, domain::Revision)>& revised = {}) {
    const absl::StatusOr<R> written =
        Do([&](auto&, const auto& unit) -> absl::StatusOr<use_cases::Decided<R>> {
          record.revision = unit.revision;
          if (revised) {
            revised(record, unit.revision);
          }
          return use_cases::Put(record);
        });
    EXPECT_THAT(written, IsOk());
    return record;
  }
  // An item for everybody that opens now, and is released after `embargo`.
  domain::InsiderItem MakeItem(const std::string& id, Duration embargo = std::chrono::days(10)) {
    domain::InsiderItem item;
    item.id = id;
    item.display_name = "The " + id;
    item.create_time = Now();
    item.open_time = Now();
    domain::ItemRelease release;
    release.id = "all";
    release.time = Now() + embargo;
    item.releases = {release};
    item.version = 1;
    return item;
  }
  domain::InsiderItem WriteItem(const domain::InsiderItem& item) {
    return Write<domain::InsiderItem>(
        item, [](auto& record, domain::Revision revision) { record.edit_revision = revision; });
  }
  void WriteVersion(domain::InsiderItem& item) {
    domain::ItemVersion version;
    version.item = item.id;
    version.version = ++item.version;
    version.body = "text";
    version.create_time = Now();
    Write(version);
    WriteItem(item);
  }
  void Thank(const std::string& member) {
    domain::Thanks thanks;
    thanks.receiver = programme.KeyOf(member);
    thanks.create_time = Now();
    thanks.text = "Well done";
    Write<domain::Thanks>(thanks,
                          [](auto& record, domain::Revision revision) { record.id = revision; });
  }

  // Runs `body`, (Inbox&), over the inbox of the member now.
  void Look(const std::string& member, const std::function<void(use_cases::Inbox&)>& body) {
    programme.Read([&](ports::StoreReader& reader) {
      use_cases::InboxGround ground(reader, "demo");
      absl::StatusOr<use_cases::Inbox> inbox = use_cases::Inbox::Of(
          ground, use_cases::RequireMember(reader, "demo", member).value(), Now());
      EXPECT_THAT(inbox, IsOk());
      body(*inbox);
      return absl::OkStatus();
    });
  }
  use_cases::InboxPage List(const std::string& member, use_cases::InboxQuery query = {}) {
    use_cases::InboxPage page;
    query.size = query.size == 0 ? 1000 : query.size;
    Look(member, [&](auto& inbox) { page = use_cases::ListInbox(inbox, query).value(); });
    return page;
  }
  // The newest first.
  Kinds Listed(const std::string& member, const use_cases::InboxQuery& query = {}) {
    Kinds kinds;
    for (const auto& one : List(member, query).notices) {
      kinds.push_back(one.notice.kind);
    }
    return kinds;
  }
  int Unread(const std::string& member) {
    use_cases::InboxQuery query;
    query.unread_only = true;
    return static_cast<int>(List(member, query).notices.size());
  }
  domain::InboxPosition Position(const std::string& member) {
    domain::InboxPosition position;
    Look(member, [&](auto& inbox) { position = use_cases::PresentPosition(inbox).value(); });
    return position;
  }
  // What came after the position, which moves on. The oldest first.
  Kinds News(const std::string& member, domain::InboxPosition& position) {
    Kinds kinds;
    Look(member, [&](auto& inbox) {
      use_cases::InboxNews news = use_cases::NewsAfter(inbox, position).value();
      for (const domain::Notification& notice : news.notices) {
        kinds.push_back(notice.kind);
      }
      position = std::move(news.position);
    });
    return kinds;
  }
  absl::Status Read(const std::string& member, const std::vector<domain::InboxPlace>& places,
                    std::optional<domain::InboxPlace> up_to = std::nullopt) {
    use_cases::ReadOrder order{"demo", member};
    for (const domain::InboxPlace& place : places) {
      order.places.push_back(WithoutTime(place));
    }
    if (up_to.has_value()) {
      order.up_to = WithoutTime(*up_to);
    }
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::MarkRead(reader, unit, order);
           })
        .status();
  }
  absl::StatusOr<domain::InboxSettings> Set(
      const std::string& member, const std::function<void(domain::InboxSettings&)>& change,
      const std::string& etag = "") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::UpdateInboxSettings(reader, unit, "demo", member, {change, etag});
    });
  }

 private:
  static domain::InboxPlace WithoutTime(domain::InboxPlace place) {
    place.time = Time{};
    return place;
  }
};

}  // namespace perigee::tests
