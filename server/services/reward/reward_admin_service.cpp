#include "server/services/reward/reward_admin_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/ports/record_reader.h"
#include "server/services/champion/champion_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/reward/reward_convert.h"
#include "server/services/update_mask.h"
#include "server/use_cases/judge.h"
#include "server/use_cases/reward/rewards.h"

namespace perigee::services {
namespace {

using domain::Redemption;
using domain::Reward;
using domain::RewardClass;
using use_cases::RedemptionPlace;

constexpr std::size_t kReasonBytesMax = 2000;
constexpr int kHoldDaysDefault = 30;
constexpr std::string_view kDefaultAsset = "access";

constexpr Changeable<Reward> kChangeable[] = {
    {"display_name",
     [](Reward& reward, const Reward& given) { reward.display_name = given.display_name; }},
    {"description",
     [](Reward& reward, const Reward& given) { reward.description = given.description; }},
    {"reward_class",
     [](Reward& reward, const Reward& given) { reward.reward_class = given.reward_class; }},
    {"asset", [](Reward& reward, const Reward& given) { reward.asset = given.asset; }},
    {"price", [](Reward& reward, const Reward& given) { reward.price = given.price; }},
    {"stock", [](Reward& reward, const Reward& given) { reward.stock = given.stock; }},
    {"eligibility",
     [](Reward& reward, const Reward& given) { reward.eligibility = given.eligibility; }},
    {"allow_demographic",
     [](Reward& reward, const Reward& given) {
       reward.allow_demographic = given.allow_demographic;
     }},
    {"needs_approval",
     [](Reward& reward, const Reward& given) { reward.needs_approval = given.needs_approval; }},
    {"four_eyes", [](Reward& reward, const Reward& given) { reward.four_eyes = given.four_eyes; }},
    {"hold_days", [](Reward& reward, const Reward& given) { reward.hold_days = given.hold_days; }},
    {"retired", [](Reward& reward, const Reward& given) { reward.retired = given.retired; }},
};

absl::StatusOr<Reward> ParseReward(const v1::Reward& reward) {
  Reward out;
  out.display_name = reward.display_name();
  out.description = reward.description();
  out.reward_class = v1::RewardClass_IsValid(reward.reward_class())
                         ? static_cast<RewardClass>(reward.reward_class())
                         : RewardClass{};
  out.asset = kDefaultAsset;
  if (!reward.asset().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> asset,
                             ParseName("reward.asset", reward.asset(), kAssetPattern));
    out.asset = asset[1];
  }
  out.price = reward.price();
  if (reward.has_stock()) {
    out.stock = reward.stock();
  }
  out.eligibility = reward.eligibility();
  out.allow_demographic = reward.allow_demographic();
  out.needs_approval = reward.needs_approval();
  out.four_eyes = reward.four_eyes();
  out.hold_days = reward.hold_days() == 0 ? kHoldDaysDefault : reward.hold_days();
  out.retired = reward.retired();
  return out;
}

absl::Status CheckAssetIsOf(const std::string& program, const v1::Reward& reward) {
  if (!reward.asset().empty() && ProgramIn(reward.asset()) != program) {
    return InvalidField("reward.asset", "is of another programme");
  }
  return absl::OkStatus();
}

// Whether the request gives a reward a class that is like cash.
bool AsksForCash(const v1::Reward& reward, const google::protobuf::FieldMask& mask = {}) {
  return v1::RewardClass_IsValid(reward.reward_class()) &&
         domain::IsCashLike(static_cast<RewardClass>(reward.reward_class())) &&
         (mask.paths().empty() ||
          std::ranges::find(mask.paths(), "reward_class") != mask.paths().end());
}

Change RefuseCash(const std::string& program, const v1::Reward& reward) {
  const auto reward_class = static_cast<RewardClass>(reward.reward_class());
  Change change;
  change.program = program;
  change.decide = [program, reward_class](
                      ports::StoreReader& reader,
                      const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
    PERIGEE_ASSIGN_OR_RETURN(domain::Changes changes,
                             use_cases::RecordCashLike(reader, unit, program, reward_class));
    return ports::Decision{std::move(changes), {}};
  };
  change.refusal = domain::CashLikeReward(reward_class);
  return change;
}

absl::StatusOr<Change> ChangeToCreate(const CallContext&, const v1::CreateRewardRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  if (AsksForCash(request.reward())) {
    return RefuseCash(parts[0], request.reward());
  }
  PERIGEE_RETURN_IF_ERROR(CheckAssetIsOf(parts[0], request.reward()));
  PERIGEE_ASSIGN_OR_RETURN(Reward reward, ParseReward(request.reward()));
  reward.id = request.reward_id();
  PERIGEE_RETURN_IF_ERROR(domain::CheckReward(reward));
  return Change{parts[0], [program = parts[0], reward](ports::StoreReader& reader,
                                                       const ports::UnitContext& unit) {
                  return Answered(use_cases::CreateReward(reader, unit, program, reward),
                                  [&](const Reward& made) { return ToProto(program, made); });
                }};
}

absl::StatusOr<Change> ChangeToUpdate(const CallContext&, const v1::UpdateRewardRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("reward.name", request.reward().name(), kRewardPattern));
  if (AsksForCash(request.reward(), request.update_mask())) {
    return RefuseCash(parts[0], request.reward());
  }
  PERIGEE_RETURN_IF_ERROR(CheckAssetIsOf(parts[0], request.reward()));
  PERIGEE_ASSIGN_OR_RETURN(
      use_cases::Edit<Reward> edit,
      ParseEdit(request.update_mask(), request.reward(), kChangeable, ParseReward));
  return Change{
      parts[0], [parts, edit](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(use_cases::UpdateReward(reader, unit, parts[0], parts[1], edit),
                        [&](const Reward& changed) { return ToProto(parts[0], changed); });
      }};
}

absl::StatusOr<v1::ListRedemptionsResponse> ListRedemptions(
    const CallContext& call, const v1::ListRedemptionsRequest& request, const ports::Store& store,
    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  if (!v1::Redemption::State_IsValid(request.state())) {
    return InvalidField("state", "is unknown");
  }
  PERIGEE_ASSIGN_OR_RETURN(const Page page, Page::Parse(tokens,
                                                        "ListRedemptions " + request.parent() +
                                                            " " + std::to_string(request.state()),
                                                        request));
  using Answer = absl::StatusOr<v1::ListRedemptionsResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
    std::vector<ports::FieldIs> filter;
    if (request.state() != v1::Redemption::STATE_UNSPECIFIED) {
      filter.push_back({"state", std::int64_t{request.state()}});
    }
    Redemption after;
    after.id = page.after();
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<Redemption> redemptions,
        reader.records().List<Redemption>(parts[0], filter, &after, page.Limit()));
    v1::ListRedemptionsResponse response;
    response.set_next_page_token(page.Cut(redemptions, &Redemption::id));
    std::vector<domain::MemberKey> keys;
    for (const Redemption& redemption : redemptions) {
      keys.push_back(redemption.member);
    }
    PERIGEE_ASSIGN_OR_RETURN(const PersonNames names, PersonNames::Of(reader, parts[0], keys));
    for (const Redemption& redemption : redemptions) {
      v1::Redemption shown =
          ToProto(parts[0], redemption, names(redemption.member), call.now, true);
      if (filter.empty() || shown.state() == request.state()) {
        *response.add_redemptions() = std::move(shown);
      }
    }
    return response;
  });
}

// The change that `decide`, (StoreReader&, UnitContext, RedemptionPlace) → DecidedRedemption,
// makes.
template <class Decide>
absl::StatusOr<Change> ChangeNamed(const std::string& name, Decide decide) {
  PERIGEE_ASSIGN_OR_RETURN(const RedemptionPlace place, ParseRedemption(name));
  return ChangeOfRedemption(
      place.program, MemberName(place.program, place.member), true,
      [place, decide](auto& reader, const auto& unit) { return decide(reader, unit, place); });
}

// ApproveRedemption or FulfilRedemption.
template <class Request>
auto ByJudge(decltype(use_cases::ApproveRedemption)* move) {
  return [move](const CallContext& call, const Request& request) {
    return ChangeNamed(request.name(), [judge = JudgeOf(call.caller), move](
                                           auto& reader, const auto& unit, const auto& place) {
      return move(reader, unit, place, judge);
    });
  };
}

// RejectRedemption or ReturnRedemption.
template <class Request>
auto ByReason(decltype(use_cases::RejectRedemption)* move) {
  return [move](const CallContext&, const Request& request) -> absl::StatusOr<Change> {
    PERIGEE_RETURN_IF_ERROR(CheckText("reason", request.reason(), 1, kReasonBytesMax));
    return ChangeNamed(request.name(), [reason = request.reason(), move](
                                           auto& reader, const auto& unit, const auto& place) {
      return move(reader, unit, place, reason);
    });
  };
}

}  // namespace

RewardAdminService::RewardAdminService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.RewardAdminService") {
  Write<v1::CreateRewardRequest>("CreateReward", ChangeToCreate);
  Write<v1::UpdateRewardRequest>("UpdateReward", ChangeToUpdate);
  Read<v1::ListAllRewardsRequest>(
      "ListAllRewards", [this, &tokens](const CallContext&, const auto& asked) {
        return ListOfProgram<v1::ListAllRewardsResponse>(
            store(), tokens, "ListAllRewards", asked,
            [](auto& reader, const auto& program, const Page& page) {
              Reward after;
              after.id = page.after();
              return reader.records().template List<Reward>(program, {}, &after, page.Limit());
            },
            [](auto& answer, const auto& program, const Reward& reward) {
              *answer.add_rewards() = ToProto(program, reward);
            });
      });
  Read<v1::ListRedemptionsRequest>(
      "ListRedemptions", [this, &tokens](const CallContext& context, const auto& asked) {
        return services::ListRedemptions(context, asked, store(), tokens);
      });
  Write<v1::ApproveRedemptionRequest>(
      "ApproveRedemption", ByJudge<v1::ApproveRedemptionRequest>(use_cases::ApproveRedemption));
  Write<v1::FulfilRedemptionRequest>(
      "FulfilRedemption", ByJudge<v1::FulfilRedemptionRequest>(use_cases::FulfilRedemption));
  Write<v1::RejectRedemptionRequest>(
      "RejectRedemption", ByReason<v1::RejectRedemptionRequest>(use_cases::RejectRedemption));
  Write<v1::ReturnRedemptionRequest>(
      "ReturnRedemption", ByReason<v1::ReturnRedemptionRequest>(use_cases::ReturnRedemption));
}

}  // namespace perigee::services
