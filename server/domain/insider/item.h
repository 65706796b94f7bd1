#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/core/moves.h"
#include "server/core/time.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// Values are those of perigee.v1.InsiderItem.Kind.
enum class ItemKind : std::uint8_t { kBriefing = 1, kPreview, kEarlyBuild, kRoadmap, kCall };
// Values are those of perigee.v1.InsiderItem.State.
enum class ItemState : std::uint8_t { kDraft = 1, kScheduled, kEmbargoed, kReleased, kWithdrawn };
enum class ItemMove : std::uint8_t { kSchedule = 1, kUnschedule, kOpen, kMoveRelease, kWithdraw };
// Lower case, as refusals show them.
std::string_view NameOf(ItemState state);
std::string_view NameOf(ItemMove move);

// The end of an embargo for an audience, such as a region or the users of a product.
struct ItemRelease {
  std::string id;
  std::string display_name;
  std::string audience;    // The text of an Audience. Empty: everybody of the programme.
  std::string local_time;  // As staff wrote it: `2026-09-06T00:00:00`.
  std::string time_zone;   // An IANA name.
  Time time{};             // The instant. It stays if the rules of the zone change later.
  bool operator==(const ItemRelease&) const = default;
  static auto Fields();
};

// What those who read an item are asked about it: see feedback.h.
struct ItemQuestion {
  std::string id;
  std::string text;
  bool operator==(const ItemQuestion&) const = default;
  static auto Fields();
};

// A piece of insider knowledge: insiders see it under embargo, until it is released. It holds
// facts, and its state follows from these and the time: see StateOf. Who may read it, gate.h says.
struct InsiderItem {
  std::string id;
  std::string display_name;
  ItemKind kind{};
  std::string audience;               // Of the insiders: the text of an Audience. Empty: everybody.
  bool allow_demographic = false;     // The audiences may name demographic facets.
  std::string agreement;              // That insiders must have accepted. Empty: none.
  int seats = 0;                      // How many insiders there may be at a time. 0: any number.
  Time seats_time{};                  // Since when there are so many: see SeatTimes.
  int seat_days = 0;                  // How long a seat lasts, in days of 24 hours. 0: to the end.
  std::int64_t seat_price = 0;        // In the smallest unit of the asset `access`. 0: none.
  std::vector<ItemRelease> releases;  // Empty: it is never released.
  std::optional<Time> open_time;      // From then on insiders see it. Absent: it is a draft.
  std::optional<Time> close_time;     // From then on insiders see it no more unless it is released.
  std::optional<Time> withdraw_time;
  int version = 0;  // Of the newest body. 0: there is none yet.
  Time create_time{};
  Revision edit_revision = 0;    // Of the last change by staff: see Etag.
  std::optional<Time> due_time;  // When time alone next changes who may see it.
  std::vector<ItemQuestion> questions;
  Revision revision = 0;

  static constexpr int kNumber = 38;
  static constexpr std::string_view kTable = "insider_item";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<InsiderItem>();

// A body of an item. It never changes.
struct ItemVersion {
  std::string item;
  std::int32_t version = 0;  // From 1 on.
  std::string body;          // Markdown.
  std::string digest;        // SHA-256 of the body, in hexadecimal.
  Time create_time{};
  Revision revision = 0;

  static constexpr int kNumber = 39;
  static constexpr std::string_view kTable = "insider_item_version";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<ItemVersion>();

inline constexpr std::size_t kItemBodyBytesMax = 64 * 1024;
inline constexpr std::size_t kItemReleasesMax = 20;
// Who is granted a seat is computed from all claims.
inline constexpr int kItemSeatsMax = 10'000;
inline constexpr int kItemSeatDaysMax = 366;
inline constexpr std::int64_t kItemSeatPriceMax = 1'000'000'000'000'000;

// kInvalidField for a field outside the limits of insider.proto, named as in `item`
// (`item.releases[0].local_time`). Sets the instants of the releases first. Of an item that is no
// draft, releases change by MoveRelease alone.
absl::Status NormalizeItem(InsiderItem& item);

// NormalizeItem for an item that staff have changed since it was `before`, except by a move.
// Releases that are the same keep their instants. Also sets due_time. kItemFixed, naming the field:
// for other releases of an item that is no draft, and for another closing of one that has closed.
// kInvalidField, naming `item.close_time`, for another closing that is not in the future, unless it
// is a draft.
absl::Status NormalizeEdited(const InsiderItem& before, Time now, InsiderItem& item);

// Makes the next version of the item, from 1 on. kInvalidField (`item.body`) for a body that is
// empty, too long or no text of lines.
absl::Status AddVersion(std::string body, Time now, InsiderItem& item, ItemVersion& version);

// The table of moves. Time alone moves scheduled → embargoed → released.
std::span<const Step<ItemState, ItemMove>> ItemMoves();

// The state at `now`. It is released when all its releases have come, of which there must be one.
ItemState StateOf(const InsiderItem& item, Time now);
// Whether the release has come: from its instant on.
bool HasCome(const ItemRelease& release, Time now);
// Whether insiders no longer see it unless it is released for them: from close_time on.
bool IsClosed(const InsiderItem& item, Time now);

// kIllegalMove unless the move is open at `now`.
absl::Status CheckMove(const InsiderItem& item, ItemMove move, Time now);

// All of these may refuse with kIllegalMove, and set due_time.

// Gives it another opening. kInvalidField, naming `open_time`, unless that is in the future; naming
// `item.close_time` or a release, unless that comes after the opening.
absl::Status Schedule(Time open_time, Time now, InsiderItem& item);
// Makes it a draft again. Nobody has seen it.
absl::Status Unschedule(Time now, InsiderItem& item);
// Opens it now. kInvalidField as Schedule, except `open_time`.
absl::Status Open(Time now, InsiderItem& item);
// Gives a release that has not come another time, earlier or later. kInvalidField, naming
// `release`, for an id that is none; naming `local_time` or `time_zone`, for a time that is not in
// the future and after the opening. kIllegalMove of the release if it has come.
absl::Status MoveRelease(std::string_view release, const std::string& local_time,
                         const std::string& time_zone, Time now, InsiderItem& item);
// Takes it from everybody.
absl::Status Withdraw(Time now, InsiderItem& item);

// Sets due_time to the first instant after `now` at which time alone changes who may see it: it
// opens, a release comes, or it closes.
void SetDue(InsiderItem& item, Time now);

}  // namespace perigee::domain
