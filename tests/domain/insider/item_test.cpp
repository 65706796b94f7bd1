#include "server/domain/insider/item.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "tests/domain/insider/insider_facts.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::InsiderItem;
using domain::ItemVersion;
using Move = domain::ItemMove;
using State = domain::ItemState;

constexpr Time At(std::int64_t micros) { return FromMicros(micros); }
Time Day(const std::string& text) { return *ParseTime(text); }

// It opens at 100. One region is released at 200, the other at 300.
InsiderItem Opened() {
  InsiderItem item = Preview();
  item.open_time = At(100);
  item.releases = {{"eu", "Europe", "facet:eu", "", "", At(200)},
                   {"us", "America", "facet:us", "", "", At(300)}};
  return item;
}

TEST(ItemTest, EveryLimitHasItsField) {
  struct Row {
    std::string field;  // Empty: it is within the limits.
    std::function<void(InsiderItem&)> change;
  };
  for (const Row& row : {
           Row{"", [](InsiderItem&) {}},
           Row{"item_id", [](InsiderItem& i) { i.id = "P"; }},
           Row{"item.display_name", [](InsiderItem& i) { i.display_name = ""; }},
           Row{"item.display_name", [](InsiderItem& i) { i.display_name.assign(201, 'x'); }},
           Row{"", [](InsiderItem& i) { i.kind = domain::ItemKind::kCall; }},
           Row{"item.kind", [](InsiderItem& i) { i.kind = {}; }},
           Row{"item.kind", [](InsiderItem& i) { i.kind = static_cast<domain::ItemKind>(6); }},
           Row{"", [](InsiderItem& i) { i.audience = ""; }},
           Row{"", [](InsiderItem& i) { i.audience = "orbit:leading and member_for > 1w"; }},
           Row{"item.audience", [](InsiderItem& i) { i.audience = "title:"; }},
           Row{"", [](InsiderItem& i) { i.agreement = ""; }},
           Row{"item.agreement", [](InsiderItem& i) { i.agreement = "S"; }},
           Row{"item.seats", [](InsiderItem& i) { i.seats = -1; }},
           Row{"", [](InsiderItem& i) { i.seats = 10'000; }},
           Row{"item.seats", [](InsiderItem& i) { i.seats = 10'001; }},
           Row{"", [](InsiderItem& i) { i.seat_days = 0; }},
           Row{"item.seat_days", [](InsiderItem& i) { i.seat_days = -1; }},
           Row{"item.seat_days", [](InsiderItem& i) { i.seat_days = 367; }},
           Row{"", [](InsiderItem& i) { i.seats = i.seat_days = 0; }},
           Row{"item.seat_days", [](InsiderItem& i) { i.seats = 0; }},
           Row{"", [](InsiderItem& i) { i.seat_price = 1; }},
           Row{"item.seat_price", [](InsiderItem& i) { i.seat_price = -1; }},
           Row{"item.seat_price",
               [](InsiderItem& i) {
                 i.seats = i.seat_days = 0;
                 i.seat_price = 1;
               }},
           Row{"", [](InsiderItem& i) { i.releases.clear(); }},
           Row{"item.releases", [](InsiderItem& i) { i.releases.resize(21); }},
           Row{"item.releases[0].id", [](InsiderItem& i) { i.releases[0].id = ""; }},
           Row{"item.releases[1].id", [](InsiderItem& i) { i.releases.push_back(i.releases[0]); }},
           Row{"item.releases[0].display_name",
               [](InsiderItem& i) { i.releases[0].display_name = ""; }},
           Row{"item.releases[0].audience", [](InsiderItem& i) { i.releases[0].audience = "("; }},
           Row{"item.releases[0].time_zone", [](InsiderItem& i) { i.releases[0].time_zone = ""; }},
           Row{"item.releases[0].time_zone",
               [](InsiderItem& i) { i.releases[0].time_zone = "Europe/Atlantis"; }},
           Row{"item.releases[0].local_time",
               [](InsiderItem& i) { i.releases[0].local_time = ""; }},
           Row{"item.releases[0].local_time",
               [](InsiderItem& i) { i.releases[0].local_time = "2026-05-01"; }},
           Row{"item.releases[0].local_time",
               [](InsiderItem& i) { i.releases[0].local_time = "2026-05-01T00:00:00Z"; }},
           Row{"item.releases[0].local_time",
               [](InsiderItem& i) { i.releases[0].local_time = "2026-02-29T00:00:00"; }},
           Row{"item.releases[0].local_time",
               [](InsiderItem& i) { i.releases[0].local_time = "12026-05-01T00:00:00"; }},
           Row{"item.releases[0].local_time",
               [](InsiderItem& i) { i.releases[0].local_time = " 2026-05-01T00:00:00"; }},
           // The release is at 22:00 of the day before in UTC.
           Row{"", [](InsiderItem& i) { i.open_time = Day("2026-04-30T21:59:59Z"); }},
           Row{"item.releases[0].local_time",
               [](InsiderItem& i) { i.open_time = Day("2026-04-30T22:00:00Z"); }},
           Row{"", [](InsiderItem& i) { i.close_time = At(1); }},
           Row{"item.close_time", [](InsiderItem& i) { i.open_time = i.close_time = At(1); }},
       }) {
    InsiderItem item = Preview();
    row.change(item);
    const absl::Status checked = domain::NormalizeItem(item);
    if (row.field.empty()) {
      EXPECT_THAT(checked, IsOk());
    } else {
      EXPECT_THAT(checked, IsInvalidField(row.field));
    }
  }
}

TEST(ItemTest, ALocalTimeIsOneInstant) {
  struct Row {
    const char* zone;
    const char* local;
    const char* instant;
  };
  for (const Row& row : {
           Row{"UTC", "2026-05-01T00:00:00", "2026-05-01T00:00:00Z"},
           Row{"Europe/Berlin", "2026-05-01T00:00:00", "2026-04-30T22:00:00Z"},
           // Clocks skip the midnight of 6 September: the day begins at 1 o'clock, and so does the
           // launch at midnight, or at half past.
           Row{"America/Santiago", "2026-09-06T00:00:00", "2026-09-06T04:00:00Z"},
           Row{"America/Santiago", "2026-09-06T00:30:00", "2026-09-06T04:00:00Z"},
           Row{"America/Santiago", "2026-09-06T01:00:00", "2026-09-06T04:00:00Z"},
           Row{"America/Santiago", "2026-09-05T23:59:59", "2026-09-06T03:59:59Z"},
           // Clocks show 02:30 twice on 25 October: the first one counts.
           Row{"Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"},
       }) {
    InsiderItem item = Preview();
    item.releases[0].local_time = row.local;
    item.releases[0].time_zone = row.zone;
    ASSERT_THAT(domain::NormalizeItem(item), IsOk());
    EXPECT_EQ(FormatTime(item.releases[0].time), FormatTime(Day(row.instant))) << row.local;
    EXPECT_EQ(item.releases[0].local_time, row.local);
  }
}

// The rules of its zone changed since its release was stated: that keeps its instant.
TEST(ItemTest, AnEditLeavesReleasesThatAreTheSame) {
  InsiderItem before = Preview();
  ASSERT_THAT(domain::NormalizeItem(before), IsOk());
  before.open_time = At(100);
  before.releases[0].time += std::chrono::hours(1);
  InsiderItem item = before;
  item.display_name = "Another bike";
  item.releases[0].time = Time{};
  ASSERT_THAT(domain::NormalizeEdited(before, At(150), item), IsOk());
  EXPECT_EQ(item.releases, before.releases);
  EXPECT_EQ(item.due_time, before.releases[0].time);
  item.display_name = "";
  EXPECT_THAT(domain::NormalizeEdited(before, At(150), item), IsInvalidField("item.display_name"));
}

TEST(ItemTest, OnlyADraftGetsOtherReleases) {
  InsiderItem draft = Preview();
  ASSERT_THAT(domain::NormalizeItem(draft), IsOk());
  InsiderItem scheduled = draft;
  scheduled.open_time = At(100);
  for (const auto& change : std::vector<std::function<void(InsiderItem&)>>{
           [](InsiderItem& i) { i.releases.clear(); },
           [](InsiderItem& i) { i.releases[0].display_name = "All"; },
           [](InsiderItem& i) { i.releases[0].audience = "facet:eu"; },
           [](InsiderItem& i) { i.releases[0].local_time = "2026-05-02T00:00:00"; },
           [](InsiderItem& i) { i.releases[0].time_zone = "UTC"; }}) {
    InsiderItem item = draft;
    change(item);
    EXPECT_THAT(domain::NormalizeEdited(draft, At(50), item), IsOk());
    for (const std::int64_t now : {50, 100}) {
      item = scheduled;
      change(item);
      const absl::Status fixed = domain::NormalizeEdited(scheduled, At(now), item);
      EXPECT_THAT(fixed, HasReason(Reason::kItemFixed));
      EXPECT_EQ(MetadataOf(fixed).at("field"), "item.releases");
    }
  }
}

TEST(ItemTest, AClosingMovesUntilItHasCome) {
  InsiderItem before = Preview();
  before.open_time = At(100);
  before.close_time = At(200);
  const auto close_at = [&](std::optional<Time> close, std::int64_t now) {
    InsiderItem item = before;
    item.close_time = close;
    return domain::NormalizeEdited(before, At(now), item);
  };
  EXPECT_THAT(close_at(At(151), 150), IsOk());
  EXPECT_THAT(close_at(std::nullopt, 150), IsOk());
  EXPECT_THAT(close_at(At(150), 150), IsInvalidField("item.close_time"));
  EXPECT_THAT(close_at(At(100), 50), IsInvalidField("item.close_time"));
  EXPECT_THAT(close_at(At(200), 200), IsOk());
  for (const std::optional<Time> close : {std::optional<Time>(), std::optional<Time>(At(300))}) {
    const absl::Status fixed = close_at(close, 200);
    EXPECT_THAT(fixed, HasReason(Reason::kItemFixed));
    EXPECT_EQ(MetadataOf(fixed).at("field"), "item.close_time");
  }
  // Nobody has seen a draft.
  before.open_time.reset();
  EXPECT_THAT(close_at(At(300), 200), IsOk());
  EXPECT_THAT(close_at(At(100), 200), IsOk());
}

TEST(ItemTest, TimeAloneOpensAndReleasesIt) {
  struct Row {
    std::int64_t time;
    State state;
    bool eu;
    bool us;
  };
  for (const Row& row : {
           Row{99, State::kScheduled, false, false},
           Row{100, State::kEmbargoed, false, false},
           Row{199, State::kEmbargoed, false, false},
           Row{200, State::kEmbargoed, true, false},
           Row{299, State::kEmbargoed, true, false},
           Row{300, State::kReleased, true, true},
       }) {
    const InsiderItem item = Opened();
    EXPECT_EQ(StateOf(item, At(row.time)), row.state) << row.time;
    EXPECT_EQ(HasCome(item.releases[0], At(row.time)), row.eu) << row.time;
    EXPECT_EQ(HasCome(item.releases[1], At(row.time)), row.us) << row.time;
  }
  InsiderItem closing = Opened();
  closing.close_time = At(250);
  EXPECT_FALSE(IsClosed(closing, At(249)));
  EXPECT_TRUE(IsClosed(closing, At(250)));
  EXPECT_FALSE(IsClosed(Opened(), kEndOfTime));
}

TEST(ItemTest, WithoutReleasesItIsNeverReleased) {
  InsiderItem item = Opened();
  item.releases.clear();
  EXPECT_EQ(StateOf(item, kEndOfTime), State::kEmbargoed);
}

TEST(ItemTest, AWithdrawalHoldsFromItsInstantOn) {
  InsiderItem item = Opened();
  ASSERT_THAT(Withdraw(At(150), item), IsOk());
  EXPECT_EQ(StateOf(item, At(149)), State::kEmbargoed);
  EXPECT_EQ(StateOf(item, At(150)), State::kWithdrawn);
  EXPECT_EQ(StateOf(item, At(1000)), State::kWithdrawn);
}

TEST(ItemTest, NothingComesBeforeTheOpening) {
  InsiderItem draft = Opened();
  draft.open_time.reset();
  draft.close_time = At(150);
  InsiderItem item = draft;
  EXPECT_THAT(Schedule(At(50), At(50), item), IsInvalidField("open_time"));
  EXPECT_THAT(Schedule(At(150), At(50), item), IsInvalidField("item.close_time"));
  item.close_time.reset();
  EXPECT_THAT(Schedule(At(200), At(50), item), IsInvalidField("item.releases[0].local_time"));
  EXPECT_THAT(Open(At(300), item), IsInvalidField("item.releases[0].local_time"));
  item.releases.erase(item.releases.begin());
  EXPECT_THAT(Open(At(300), item), IsInvalidField("item.releases[0].local_time"));
  EXPECT_EQ(item.open_time, std::nullopt);
  ASSERT_THAT(Schedule(At(299), At(50), item), IsOk());
  EXPECT_EQ(item.open_time, At(299));
  ASSERT_THAT(Unschedule(At(51), item), IsOk());
  EXPECT_EQ(item.open_time, std::nullopt);
  EXPECT_EQ(item.due_time, std::nullopt);
  ASSERT_THAT(Open(At(52), item), IsOk());
  EXPECT_EQ(item.open_time, At(52));
}

TEST(ItemTest, AReleaseMovesUntilItHasCome) {
  InsiderItem item = Opened();
  const auto move = [&](const char* release, const char* local, std::int64_t now) {
    return MoveRelease(release, local, "UTC", At(now), item);
  };
  EXPECT_THAT(move("asia", "1970-01-01T00:00:01", 100), IsInvalidField("release"));
  EXPECT_THAT(move("eu", "1970-01-01T00:00:00", 100), IsInvalidField("local_time"));
  EXPECT_THAT(move("eu", "soon", 100), IsInvalidField("local_time"));
  EXPECT_THAT(MoveRelease("eu", "1970-01-01T00:00:01", "Mars", At(100), item),
              IsInvalidField("time_zone"));
  EXPECT_EQ(item.releases, Opened().releases);

  // Later, and earlier again.
  ASSERT_THAT(move("eu", "1970-01-01T00:00:02", 199), IsOk());
  EXPECT_EQ(item.releases[0].time, At(2'000'000));
  EXPECT_EQ(item.releases[0].local_time, "1970-01-01T00:00:02");
  EXPECT_EQ(StateOf(item, At(300)), State::kEmbargoed);
  ASSERT_THAT(move("eu", "1970-01-01T00:00:01", 250), IsOk());
  EXPECT_FALSE(HasCome(item.releases[0], At(999'999)));
  EXPECT_TRUE(HasCome(item.releases[0], At(1'000'000)));

  const absl::Status come = move("us", "1970-01-01T00:00:05", 300);
  EXPECT_THAT(come, HasReason(Reason::kIllegalMove));
  EXPECT_THAT(std::string(come.message()), testing::HasSubstr("release us"));
  // A scheduled item is not released before it opens.
  item.open_time = At(3'000'000);
  item.releases[0].time = At(4'000'000);
  EXPECT_THAT(move("eu", "1970-01-01T00:00:03", 1'000'000), IsInvalidField("local_time"));
}

TEST(ItemTest, ItIsDueWhereTimeAloneChangesWhoSeesIt) {
  InsiderItem item = Opened();
  item.close_time = At(250);
  std::vector<std::optional<Time>> due;
  for (const std::int64_t now : {50, 100, 200, 250, 299, 300}) {
    SetDue(item, At(now));
    due.push_back(item.due_time);
  }
  EXPECT_THAT(due, testing::ElementsAre(At(100), At(200), At(250), At(300), At(300), std::nullopt));
  item.withdraw_time = At(120);
  SetDue(item, At(120));
  EXPECT_EQ(item.due_time, std::nullopt);
}

TEST(ItemTest, EachBodyIsAVersionWithItsDigest) {
  InsiderItem item = Preview();
  ItemVersion version;
  ASSERT_THAT(AddVersion("abc", At(5), item, version), IsOk());
  EXPECT_EQ(version.item, "preview");
  EXPECT_EQ(version.version, 1);
  EXPECT_EQ(version.create_time, At(5));
  EXPECT_EQ(version.digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  ASSERT_THAT(AddVersion("# Plan\n\n- two", At(6), item, version), IsOk());
  EXPECT_EQ(version.version, 2);
  EXPECT_EQ(version.body, "# Plan\n\n- two");
  EXPECT_THAT(AddVersion("", At(7), item, version), IsInvalidField("item.body"));
  EXPECT_THAT(AddVersion(std::string(65'537, 'x'), At(7), item, version),
              IsInvalidField("item.body"));
  EXPECT_EQ(item.version, 2);
  EXPECT_EQ(version.version, 2);
  EXPECT_THAT(AddVersion(std::string(65'536, 'x'), At(7), item, version), IsOk());
}

}  // namespace
}  // namespace perigee::tests
