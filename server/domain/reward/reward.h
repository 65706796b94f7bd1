#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// What a reward is. Values are those of perigee.v1.RewardClass. Those from kCash on are like cash:
// policy refuses them, and no reward has one.
enum class RewardClass : std::uint8_t {
  kAccess = 1,
  kIntroduction,
  kRecognition,
  kKnowledge,
  kStage,
  kCash = 11,
  kGiftCard,
  kDiscount,
  kCashback,
  kCrypto
};
// Lower case, as refusals and the audit show them.
std::string_view NameOf(RewardClass reward_class);
bool IsCashLike(RewardClass reward_class);
// The refusal of a class that is like cash.
absl::Status CashLikeReward(RewardClass reward_class);

// What members may have for social capital.
struct Reward {
  std::string id;
  std::string display_name;
  std::string description;
  RewardClass reward_class = RewardClass::kAccess;
  std::string asset;
  std::int64_t price = 0;          // In the asset's smallest unit.
  std::optional<int> stock;        // Absent: any number.
  std::string eligibility;         // The text of an Audience. Empty: everybody.
  bool allow_demographic = false;  // It may name demographic facets.
  bool needs_approval = false;
  bool four_eyes = false;  // See Redemption::four_eyes. Only with needs_approval.
  int hold_days = 0;       // A redemption that nobody ends by then expires.
  bool retired = false;    // Nobody redeems it any more.
  // Redemptions whose stored state takes one of the stock. Time may have freed some of them: see
  // Redemption::expire_time.
  int taken = 0;
  Revision edit_revision = 0;  // Of the last change by staff, for the etag.
  Time create_time{};
  Revision revision = 0;

  static constexpr int kNumber = 22;
  static constexpr std::string_view kTable = "reward";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Reward>();

inline constexpr std::size_t kRewardDescriptionBytesMax = 2000;
// A redemption of a reward that is sold out looks at all that are open.
inline constexpr int kStockMax = 10'000;
inline constexpr int kHoldDaysMax = 366;

// kCashLikeReward, or kInvalidField for a field outside the limits of reward.proto.
absl::Status CheckReward(const Reward& reward);

// How many are left. nullopt: any number.
std::optional<int> StockLeft(const Reward& reward);

}  // namespace perigee::domain
