#pragma once

#include <cstdint>
#include <string>

namespace perigee::simulation {

// The badges and the scheme of tiers that a programme has from its beginning on. Each may get
// another rule later.
//
// `busy` is kept, for activities of type t0. `liked` is for what a member earned of kLikedAsset,
// and is lost with it. `path` is kept and has two stages: first so much of t0, then t1 on so many
// days in a row.
inline constexpr const char* kBadges[] = {"busy", "liked", "path"};
inline constexpr int kBusy = 0;
inline constexpr int kLiked = 1;
inline constexpr int kPath = 2;
inline constexpr const char* kLikedAsset = "rep";

struct BadgeSpec {
  std::int64_t at_least = 4;  // Of the first stage.
  int days = 2;               // Of `path`.
  bool retired = false;
};

// Its levels are `silver` and `gold`, by what was earned of kTierAsset within a month.
inline constexpr const char* kScheme = "club";
inline constexpr const char* kTierAsset = "pts";

struct SchemeSpec {
  std::int64_t silver = 8;  // 0: the scheme has only `gold`.
  std::int64_t gold = 20;
  int low_water_percent = 80;
  int grace_days = 2;
  int notice_days = 14;
  bool retired = false;
  bool operator==(const SchemeSpec&) const = default;
};

// The part of an operation that is of badges and tiers. Fields that its action does not need stay
// empty.
struct RecognitionOrder {
  int badge = 0;
  BadgeSpec rule;
  bool grandfather = false;
  SchemeSpec scheme;
  // Of a lock: a level, empty for none, or `as it is`.
  std::string level;
  std::int64_t until = 0;  // 0: until it is unlocked.
};
inline constexpr const char* kAsItIs = "as it is";

}  // namespace perigee::simulation
