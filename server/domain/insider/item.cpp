#include "server/domain/insider/item.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "server/core/civil_time.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/audience/audience.h"
#include "server/domain/program/program.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto ItemRelease::Fields() {
  return std::tuple(
      Plain(1, "id", &ItemRelease::id), Plain(2, "display_name", &ItemRelease::display_name),
      Plain(3, "audience", &ItemRelease::audience),
      Plain(4, "local_time", &ItemRelease::local_time),
      Plain(5, "time_zone", &ItemRelease::time_zone), Plain(6, "time", &ItemRelease::time));
}

auto ItemQuestion::Fields() {
  return std::tuple(Plain(1, "id", &ItemQuestion::id), Plain(2, "text", &ItemQuestion::text));
}

auto InsiderItem::Fields() {
  return std::tuple(
      Key(1, "id", &InsiderItem::id), Personal(2, "display_name", &InsiderItem::display_name),
      Plain(3, "kind", &InsiderItem::kind), Plain(4, "audience", &InsiderItem::audience),
      Plain(5, "allow_demographic", &InsiderItem::allow_demographic),
      Plain(6, "agreement", &InsiderItem::agreement), Plain(7, "seats", &InsiderItem::seats),
      Plain(8, "seats_time", &InsiderItem::seats_time),
      Plain(9, "seat_days", &InsiderItem::seat_days),
      Plain(10, "seat_price", &InsiderItem::seat_price),
      Plain(11, "releases", &InsiderItem::releases),
      Plain(12, "open_time", &InsiderItem::open_time),
      Plain(13, "close_time", &InsiderItem::close_time),
      Plain(14, "withdraw_time", &InsiderItem::withdraw_time),
      Plain(15, "version", &InsiderItem::version),
      Plain(16, "create_time", &InsiderItem::create_time),
      Plain(17, "edit_revision", &InsiderItem::edit_revision),
      Due(18, "due_time", &InsiderItem::due_time),
      Personal(19, "questions", &InsiderItem::questions));
}
template <>
const RecordType& TypeOf<InsiderItem>() {
  static const RecordTypeFor<InsiderItem> kType;
  return kType;
}

auto ItemVersion::Fields() {
  return std::tuple(Key(1, "item", &ItemVersion::item), Key(2, "version", &ItemVersion::version),
                    Personal(3, "body", &ItemVersion::body),
                    Plain(4, "digest", &ItemVersion::digest),
                    Plain(5, "create_time", &ItemVersion::create_time));
}
template <>
const RecordType& TypeOf<ItemVersion>() {
  static const RecordTypeFor<ItemVersion> kType;
  return kType;
}
namespace {

using State = ItemState;
using Move = ItemMove;

constexpr auto kMoves = std::to_array<Step<State, Move>>({
    {State::kDraft, Move::kSchedule, State::kScheduled},
    {State::kDraft, Move::kOpen, State::kEmbargoed},
    {State::kScheduled, Move::kSchedule, State::kScheduled},
    {State::kScheduled, Move::kUnschedule, State::kDraft},
    {State::kScheduled, Move::kOpen, State::kEmbargoed},
    {State::kScheduled, Move::kMoveRelease, State::kScheduled},
    // What insiders have seen is withdrawn. A part of it may have been released before.
    {State::kEmbargoed, Move::kMoveRelease, State::kEmbargoed},
    {State::kEmbargoed, Move::kWithdraw, State::kWithdrawn},
});

constexpr std::string_view kLocalTime = "2026-09-06T00:00:00";

std::string NameOfItem(const InsiderItem& item) { return "insider item " + item.id; }

// Sets the instant of a release. Its fields are named as in `prefix`.
absl::Status SetInstant(const std::string& prefix, ItemRelease& release) {
  PERIGEE_ASSIGN_OR_RETURN(const Zone zone, Zone::Parse(release.time_zone, prefix + "time_zone"));
  absl::CivilSecond local;
  // The library also takes times that are written in other ways, and years of any length.
  const std::string& text = release.local_time;
  if (text.size() != kLocalTime.size() || !absl::ParseCivilTime(text, &local) ||
      absl::FormatCivilTime(local) != text) {
    return InvalidField(prefix + "local_time",
                        "must be a time, such as " + std::string(kLocalTime));
  }
  release.time = zone.At(local);
  return absl::OkStatus();
}

std::string PathOf(std::size_t release) { return absl::StrCat("item.releases[", release, "]."); }

absl::Status NormalizeReleases(InsiderItem& item) {
  if (item.releases.size() > kItemReleasesMax) {
    return InvalidField("item.releases",
                        absl::StrCat("must be at most ", kItemReleasesMax, " releases"));
  }
  std::set<std::string_view> ids;
  for (std::size_t i = 0; i < item.releases.size(); ++i) {
    ItemRelease& release = item.releases[i];
    const std::string path = PathOf(i);
    PERIGEE_RETURN_IF_ERROR(CheckId(path + "id", release.id));
    if (!ids.insert(release.id).second) {
      return InvalidField(path + "id", "is the id of another release too");
    }
    PERIGEE_RETURN_IF_ERROR(
        CheckText(path + "display_name", release.display_name, 1, kDisplayNameBytesMax));
    PERIGEE_RETURN_IF_ERROR(Audience::Compile(path + "audience", release.audience).status());
    PERIGEE_RETURN_IF_ERROR(SetInstant(path, release));
  }
  return absl::OkStatus();
}

// Insiders come first: everything else comes after the opening.
absl::Status CheckAfterOpening(const InsiderItem& item, Time open_time) {
  constexpr std::string_view kRefusal = "must come after the opening";
  if (item.close_time.has_value() && *item.close_time <= open_time) {
    return InvalidField("item.close_time", kRefusal);
  }
  for (std::size_t i = 0; i < item.releases.size(); ++i) {
    if (item.releases[i].time <= open_time) {
      return InvalidField(PathOf(i) + "local_time", kRefusal);
    }
  }
  return absl::OkStatus();
}

absl::Status Fixed(const InsiderItem& item, std::string_view field) {
  const std::string name(field);
  return Error(Reason::kItemFixed, name + " of " + NameOfItem(item) + " can no longer be changed",
               {{"item", item.id}, {"field", name}});
}

// Whether staff would write them the same.
bool IsWrittenTheSame(ItemRelease one, const ItemRelease& other) {
  one.time = other.time;
  return one == other;
}

absl::Status CheckWithin(std::string_view field, std::int64_t value, std::int64_t max) {
  return value >= 0 && value <= max ? absl::OkStatus()
                                    : InvalidField(field, absl::StrCat("must be 0 to ", max));
}

}  // namespace

std::string_view NameOf(ItemState state) {
  constexpr std::array<std::string_view, 5> kNames = {"draft", "scheduled", "embargoed", "released",
                                                      "withdrawn"};
  return kNames.at(static_cast<std::size_t>(state) - 1);
}

std::string_view NameOf(ItemMove move) {
  constexpr std::array<std::string_view, 5> kNames = {"schedule", "unschedule", "open",
                                                      "move_release", "withdraw"};
  return kNames.at(static_cast<std::size_t>(move) - 1);
}

absl::Status NormalizeItem(InsiderItem& item) {
  PERIGEE_RETURN_IF_ERROR(CheckId("item_id", item.id));
  PERIGEE_RETURN_IF_ERROR(
      CheckText("item.display_name", item.display_name, 1, kDisplayNameBytesMax));
  if (item.kind < ItemKind::kBriefing || item.kind > ItemKind::kCall) {
    return InvalidField("item.kind", "must be one of the kinds of items");
  }
  PERIGEE_RETURN_IF_ERROR(Audience::Compile("item.audience", item.audience).status());
  if (!item.agreement.empty()) {
    PERIGEE_RETURN_IF_ERROR(CheckId("item.agreement", item.agreement));
  }
  PERIGEE_RETURN_IF_ERROR(CheckWithin("item.seats", item.seats, kItemSeatsMax));
  PERIGEE_RETURN_IF_ERROR(CheckWithin("item.seat_days", item.seat_days, kItemSeatDaysMax));
  PERIGEE_RETURN_IF_ERROR(CheckWithin("item.seat_price", item.seat_price, kItemSeatPriceMax));
  if (item.seats == 0 && item.seat_days > 0) {
    return InvalidField("item.seat_days", "is for items with seats");
  }
  if (item.seats == 0 && item.seat_price > 0) {
    return InvalidField("item.seat_price", "is for items with seats");
  }
  PERIGEE_RETURN_IF_ERROR(NormalizeReleases(item));
  return item.open_time.has_value() ? CheckAfterOpening(item, *item.open_time) : absl::OkStatus();
}

absl::Status NormalizeEdited(const InsiderItem& before, Time now, InsiderItem& item) {
  PERIGEE_RETURN_IF_ERROR(NormalizeItem(item));
  if (StateOf(before, now) != State::kDraft) {
    if (!std::ranges::equal(before.releases, item.releases, IsWrittenTheSame)) {
      return Fixed(item, "item.releases");
    }
    item.releases = before.releases;
    if (item.close_time != before.close_time) {
      if (IsClosed(before, now)) {
        return Fixed(item, "item.close_time");
      }
      if (IsClosed(item, now)) {
        return InvalidField("item.close_time", "must be in the future");
      }
    }
  }
  SetDue(item, now);
  return absl::OkStatus();
}

absl::Status AddVersion(std::string body, Time now, InsiderItem& item, ItemVersion& version) {
  PERIGEE_RETURN_IF_ERROR(CheckLines("item.body", body, 1, kItemBodyBytesMax));
  version = {item.id, ++item.version, std::move(body), "", now, 0};
  version.digest = Hex(Sha256(version.body));
  return absl::OkStatus();
}

std::span<const Step<ItemState, ItemMove>> ItemMoves() { return kMoves; }

ItemState StateOf(const InsiderItem& item, Time now) {
  if (item.withdraw_time.has_value() && *item.withdraw_time <= now) {
    return State::kWithdrawn;
  }
  if (!item.open_time.has_value()) {
    return State::kDraft;
  }
  if (now < *item.open_time) {
    return State::kScheduled;
  }
  const bool all_have_come =
      !item.releases.empty() && std::ranges::all_of(item.releases, [&](const ItemRelease& release) {
        return HasCome(release, now);
      });
  return all_have_come ? State::kReleased : State::kEmbargoed;
}

bool HasCome(const ItemRelease& release, Time now) { return release.time <= now; }

bool IsClosed(const InsiderItem& item, Time now) {
  return item.close_time.has_value() && *item.close_time <= now;
}

absl::Status CheckMove(const InsiderItem& item, ItemMove move, Time now) {
  return After(ItemMoves(), StateOf(item, now), move, NameOfItem(item)).status();
}

absl::Status Schedule(Time open_time, Time now, InsiderItem& item) {
  PERIGEE_RETURN_IF_ERROR(CheckMove(item, Move::kSchedule, now));
  if (open_time <= now) {
    return InvalidField("open_time", "must be in the future");
  }
  PERIGEE_RETURN_IF_ERROR(CheckAfterOpening(item, open_time));
  item.open_time = open_time;
  SetDue(item, now);
  return absl::OkStatus();
}

absl::Status Unschedule(Time now, InsiderItem& item) {
  PERIGEE_RETURN_IF_ERROR(CheckMove(item, Move::kUnschedule, now));
  item.open_time.reset();
  SetDue(item, now);
  return absl::OkStatus();
}

absl::Status Open(Time now, InsiderItem& item) {
  PERIGEE_RETURN_IF_ERROR(CheckMove(item, Move::kOpen, now));
  PERIGEE_RETURN_IF_ERROR(CheckAfterOpening(item, now));
  item.open_time = now;
  SetDue(item, now);
  return absl::OkStatus();
}

absl::Status MoveRelease(std::string_view release, const std::string& local_time,
                         const std::string& time_zone, Time now, InsiderItem& item) {
  PERIGEE_RETURN_IF_ERROR(CheckMove(item, Move::kMoveRelease, now));
  const auto found = std::ranges::find(item.releases, release, &ItemRelease::id);
  if (found == item.releases.end()) {
    return InvalidField("release", "is no release of this item");
  }
  if (HasCome(*found, now)) {
    // What everybody could read is no secret again.
    return IllegalMove(absl::StrCat("release ", found->id, " of ", NameOfItem(item)),
                       NameOf(State::kReleased), NameOf(Move::kMoveRelease), {});
  }
  ItemRelease moved = *found;
  moved.local_time = local_time;
  moved.time_zone = time_zone;
  PERIGEE_RETURN_IF_ERROR(SetInstant("", moved));
  if (moved.time <= std::max(now, *item.open_time)) {
    return InvalidField("local_time", "must be in the future and after the opening");
  }
  *found = std::move(moved);
  SetDue(item, now);
  return absl::OkStatus();
}

absl::Status Withdraw(Time now, InsiderItem& item) {
  PERIGEE_RETURN_IF_ERROR(CheckMove(item, Move::kWithdraw, now));
  item.withdraw_time = now;
  SetDue(item, now);
  return absl::OkStatus();
}

void SetDue(InsiderItem& item, Time now) {
  item.due_time.reset();
  if (!item.open_time.has_value() || item.withdraw_time.has_value()) {
    return;
  }
  const auto at = [&](Time time) {
    if (now < time) {
      item.due_time = std::min(time, item.due_time.value_or(time));
    }
  };
  at(*item.open_time);
  at(item.close_time.value_or(now));
  for (const ItemRelease& release : item.releases) {
    at(release.time);
  }
}

}  // namespace perigee::domain
