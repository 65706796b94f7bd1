#include "server/domain/reward/reward.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/audience/audience.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/program/program.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Reward::Fields() {
  return std::tuple(
      Key(1, "id", &Reward::id), Personal(2, "display_name", &Reward::display_name),
      Personal(3, "description", &Reward::description),
      Plain(4, "reward_class", &Reward::reward_class), Plain(5, "asset", &Reward::asset),
      Plain(6, "price", &Reward::price), Plain(7, "stock", &Reward::stock),
      Plain(8, "eligibility", &Reward::eligibility),
      Plain(9, "allow_demographic", &Reward::allow_demographic),
      Plain(10, "needs_approval", &Reward::needs_approval),
      Plain(11, "four_eyes", &Reward::four_eyes), Plain(12, "hold_days", &Reward::hold_days),
      Plain(13, "retired", &Reward::retired), Plain(14, "taken", &Reward::taken),
      Plain(15, "edit_revision", &Reward::edit_revision),
      Plain(16, "create_time", &Reward::create_time));
}
template <>
const RecordType& TypeOf<Reward>() {
  static const RecordTypeFor<Reward> kType;
  return kType;
}
namespace {

static_assert(std::chrono::days(kHoldDaysMax) == kHoldMax);

constexpr auto kNames = std::to_array<std::pair<RewardClass, std::string_view>>({
    {RewardClass::kAccess, "access"},
    {RewardClass::kIntroduction, "introduction"},
    {RewardClass::kRecognition, "recognition"},
    {RewardClass::kKnowledge, "knowledge"},
    {RewardClass::kStage, "stage"},
    {RewardClass::kCash, "cash"},
    {RewardClass::kGiftCard, "gift_card"},
    {RewardClass::kDiscount, "discount"},
    {RewardClass::kCashback, "cashback"},
    {RewardClass::kCrypto, "crypto"},
});

}  // namespace

std::string_view NameOf(RewardClass reward_class) {
  const auto* found =
      std::ranges::find(kNames, reward_class, &std::pair<RewardClass, std::string_view>::first);
  return found == kNames.end() ? std::string_view() : found->second;
}

bool IsCashLike(RewardClass reward_class) { return reward_class >= RewardClass::kCash; }

absl::Status CashLikeReward(RewardClass reward_class) {
  const std::string name(NameOf(reward_class));
  return Error(Reason::kCashLikeReward,
               "a reward of class " + name +
                   " is like cash, and social capital never becomes cash; the attempt is on record",
               {{"reward_class", name}});
}

absl::Status CheckReward(const Reward& reward) {
  if (NameOf(reward.reward_class).empty()) {
    return InvalidField("reward.reward_class",
                        "must be ACCESS, INTRODUCTION, RECOGNITION, KNOWLEDGE or STAGE");
  }
  if (IsCashLike(reward.reward_class)) {
    return CashLikeReward(reward.reward_class);
  }
  PERIGEE_RETURN_IF_ERROR(CheckId("reward_id", reward.id));
  PERIGEE_RETURN_IF_ERROR(
      CheckText("reward.display_name", reward.display_name, 1, kDisplayNameBytesMax));
  PERIGEE_RETURN_IF_ERROR(
      CheckText("reward.description", reward.description, 0, kRewardDescriptionBytesMax));
  if (reward.price < 1) {
    return InvalidField("reward.price", "must be at least 1");
  }
  if (reward.stock.has_value() && (*reward.stock < 0 || *reward.stock > kStockMax)) {
    return InvalidField("reward.stock", absl::StrCat("must be 0 to ", kStockMax));
  }
  PERIGEE_RETURN_IF_ERROR(Audience::Compile("reward.eligibility", reward.eligibility).status());
  if (reward.four_eyes && !reward.needs_approval) {
    return InvalidField("reward.four_eyes", "is for rewards with needs_approval");
  }
  if (reward.hold_days < 1 || reward.hold_days > kHoldDaysMax) {
    return InvalidField("reward.hold_days", absl::StrCat("must be 1 to ", kHoldDaysMax));
  }
  return absl::OkStatus();
}

std::optional<int> StockLeft(const Reward& reward) {
  if (!reward.stock.has_value()) {
    return std::nullopt;
  }
  return std::max(0, *reward.stock - reward.taken);
}

}  // namespace perigee::domain
