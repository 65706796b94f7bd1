#include "server/services/reward/reward_convert.h"

#include <utility>
#include <vector>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/program/program.h"
#include "server/services/convert.h"

namespace perigee::services {
namespace {

std::string TransferNameOf(const std::string& program, const std::string& id) {
  return id.empty() ? std::string() : FormatName("programs/*/transfers/*", {program, id});
}

// Sets the time of a message, if there is one.
void SetTime(const std::optional<Time>& time,
             google::protobuf::Timestamp* (*mutable_time)(v1::Redemption& message),
             v1::Redemption& message) {
  if (time.has_value()) {
    *mutable_time(message) = ToTimestamp(*time);
  }
}

}  // namespace

v1::Reward ToProto(const std::string& program, const domain::Reward& reward) {
  v1::Reward out;
  out.set_name(FormatName(kRewardPattern, {program, reward.id}));
  out.set_display_name(reward.display_name);
  out.set_description(reward.description);
  out.set_reward_class(static_cast<v1::RewardClass>(reward.reward_class));
  out.set_asset(AssetName(program, reward.asset));
  out.set_price(reward.price);
  if (reward.stock.has_value()) {
    out.set_stock(*reward.stock);
  }
  out.set_eligibility(reward.eligibility);
  out.set_allow_demographic(reward.allow_demographic);
  out.set_needs_approval(reward.needs_approval);
  out.set_four_eyes(reward.four_eyes);
  out.set_hold_days(reward.hold_days);
  out.set_retired(reward.retired);
  out.set_taken(reward.taken);
  *out.mutable_create_time() = ToTimestamp(reward.create_time);
  out.set_etag(domain::Etag(reward.edit_revision));
  out.set_revision(reward.revision);
  return out;
}

v1::OfferedReward OfferOf(const std::string& program, const domain::Reward& reward, bool affordable,
                          const std::optional<int>& left) {
  v1::OfferedReward out;
  out.set_name(FormatName(kRewardPattern, {program, reward.id}));
  out.set_display_name(reward.display_name);
  out.set_description(reward.description);
  out.set_reward_class(static_cast<v1::RewardClass>(reward.reward_class));
  out.set_asset(AssetName(program, reward.asset));
  out.set_price(reward.price);
  out.set_affordable(affordable);
  if (left.has_value()) {
    out.set_stock_left(*left);
  }
  out.set_needs_approval(reward.needs_approval);
  return out;
}

v1::Redemption ToProto(const std::string& program, const domain::Redemption& redemption,
                       const std::string& member, Time now, bool for_staff) {
  v1::Redemption out;
  if (!member.empty()) {
    out.set_name(member + "/redemptions/" + redemption.id);
  }
  out.set_reward(FormatName(kRewardPattern, {program, redemption.reward}));
  out.set_asset(AssetName(program, redemption.asset));
  out.set_price(redemption.price);
  out.set_state(static_cast<v1::Redemption::State>(domain::StateOf(redemption, now)));
  out.set_needs_approval(redemption.needs_approval);
  out.set_four_eyes(redemption.four_eyes);
  out.set_hold(TransferNameOf(program, redemption.hold));
  out.set_capture(TransferNameOf(program, redemption.capture));
  out.set_voiding(TransferNameOf(program, redemption.voiding));
  out.set_reversal(TransferNameOf(program, redemption.reversal));
  if (for_staff && !redemption.approver.IsNil()) {
    out.set_approver(redemption.approver.Hex());
  }
  out.set_reason(redemption.reason);
  *out.mutable_create_time() = ToTimestamp(redemption.create_time);
  *out.mutable_expire_time() = ToTimestamp(redemption.expire_time);
  SetTime(
      redemption.approve_time, [](v1::Redemption& to) { return to.mutable_approve_time(); }, out);
  // Of what expired, the time is known before a job has noted it.
  std::optional<Time> end = redemption.end_time;
  if (out.state() == v1::Redemption::STATE_EXPIRED) {
    end = redemption.expire_time;
  }
  SetTime(
      end, [](v1::Redemption& to) { return to.mutable_end_time(); }, out);
  SetTime(
      redemption.return_time, [](v1::Redemption& to) { return to.mutable_return_time(); }, out);
  out.set_revision(redemption.revision);
  return out;
}

absl::StatusOr<use_cases::RedemptionPlace> ParseRedemption(const std::string& name) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", name, kRedemptionPattern));
  return use_cases::RedemptionPlace{parts[0], parts[1], parts[2]};
}

}  // namespace perigee::services
