#include "server/services/reward/reward_service.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/reward/reward_convert.h"
#include "server/use_cases/audience/audiences.h"
#include "server/use_cases/ledger/accounts.h"
#include "server/use_cases/reward/rewards.h"

namespace perigee::services {
namespace {

using domain::Member;
using domain::Redemption;
using domain::Reward;

constexpr int kAtOnce = 200;

// What the person has of each asset, read once.
class Purse {
 public:
  Purse(ports::StoreReader& reader, std::string program, std::string member, Time now)
      : reader_(reader), program_(std::move(program)), member_(std::move(member)), now_(now) {}

  absl::StatusOr<std::int64_t> Available(const std::string& asset) {
    const auto known = available_.find(asset);
    if (known != available_.end()) {
      return known->second;
    }
    PERIGEE_ASSIGN_OR_RETURN(
        const use_cases::AccountView account,
        use_cases::RequireAccount(reader_,
                                  {.program = program_, .asset = asset, .member_id = member_}));
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t available,
                             use_cases::AvailableAt(reader_, account, now_));
    available_.emplace(asset, available);
    return available;
  }

 private:
  ports::StoreReader& reader_;
  const std::string program_;
  const std::string member_;
  const Time now_;
  std::map<std::string, std::int64_t> available_;
};

// The rewards of a page that the member may know of: a page is full of them, so that its size does
// not tell of others.
absl::StatusOr<std::vector<Reward>> KnownRewards(ports::StoreReader& reader,
                                                 const std::string& program, const Member& member,
                                                 const Page& page, Time now) {
  std::vector<Reward> known;
  Reward after;
  after.id = page.after();
  std::vector<Reward> rewards;
  do {
    PERIGEE_ASSIGN_OR_RETURN(rewards, reader.records().List<Reward>(program, {}, &after, kAtOnce));
    for (Reward& reward : rewards) {
      after.id = reward.id;
      if (reward.retired) {
        continue;
      }
      PERIGEE_ASSIGN_OR_RETURN(const bool may_know,
                               use_cases::MayKnow(reader, program, reward, member, now));
      if (may_know) {
        known.push_back(std::move(reward));
      }
    }
  } while (std::cmp_equal(rewards.size(), kAtOnce) && std::cmp_less(known.size(), page.Limit()));
  return known;
}

absl::StatusOr<v1::ListRewardsResponse> ListRewards(const CallContext& call,
                                                    const v1::ListRewardsRequest& request,
                                                    const ports::Store& store,
                                                    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListRewards " + request.parent(), request));
  return ReadFrom(
      store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ListRewardsResponse> {
        PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, parts[0], parts[1]));
        PERIGEE_ASSIGN_OR_RETURN(const Member now,
                                 use_cases::MemberAt(reader, parts[0], member, call.now));
        PERIGEE_ASSIGN_OR_RETURN(std::vector<Reward> rewards,
                                 KnownRewards(reader, parts[0], now, page, call.now));
        v1::ListRewardsResponse response;
        response.set_next_page_token(page.Cut(rewards, &Reward::id));
        Purse purse(reader, parts[0], member.id, call.now);
        for (const Reward& reward : rewards) {
          PERIGEE_ASSIGN_OR_RETURN(const std::int64_t available, purse.Available(reward.asset));
          PERIGEE_ASSIGN_OR_RETURN(const std::optional<int> left,
                                   use_cases::StockLeftAt(reader, parts[0], reward, call.now));
          *response.add_rewards() = OfferOf(parts[0], reward, available >= reward.price, left);
        }
        return response;
      });
}

absl::StatusOr<v1::ListOwnRedemptionsResponse> ListOwn(const CallContext& call,
                                                       const v1::ListOwnRedemptionsRequest& request,
                                                       const ports::Store& store,
                                                       const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListOwnRedemptions " + request.parent(), request));
  using Answer = absl::StatusOr<v1::ListOwnRedemptionsResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, parts[0], parts[1]));
    PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(parts[0]));
    Redemption after;
    after.id = page.after();
    std::vector<Redemption> redemptions;
    for (const domain::MemberKey& key : merged.AllOf(member.key)) {
      PERIGEE_ASSIGN_OR_RETURN(
          const std::vector<Redemption> own,
          reader.records().List<Redemption>(parts[0], {{"member_key", std::string(key.Raw())}},
                                            &after, page.Limit()));
      redemptions.insert(redemptions.end(), own.begin(), own.end());
    }
    v1::ListOwnRedemptionsResponse response;
    response.set_next_page_token(page.CutById(redemptions));
    for (const Redemption& redemption : redemptions) {
      *response.add_redemptions() =
          ToProto(parts[0], redemption, MemberName(parts[0], member.id), call.now, false);
    }
    return response;
  });
}

absl::StatusOr<Change> ChangeToRedeem(const CallContext&, const v1::RedeemRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> reward,
                           ParseName("reward", request.reward(), kRewardPattern));
  if (reward[0] != parts[0]) {
    return InvalidField("reward", "is of another programme");
  }
  return ChangeOfRedemption(parts[0], request.parent(), false,
                            [parts, reward](auto& reader, const auto& unit) {
                              return use_cases::Redeem(reader, unit, parts[0], parts[1], reward[1]);
                            });
}

absl::StatusOr<Change> ChangeToCancel(const CallContext&,
                                      const v1::CancelRedemptionRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const use_cases::RedemptionPlace place, ParseRedemption(request.name()));
  return ChangeOfRedemption(place.program, MemberName(place.program, place.member), false,
                            [place](auto& reader, const auto& unit) {
                              return use_cases::CancelRedemption(reader, unit, place);
                            });
}

}  // namespace

RewardService::RewardService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.RewardService") {
  Read<v1::ListRewardsRequest>("ListRewards",
                               [this, &tokens](const CallContext& context, const auto& asked) {
                                 return services::ListRewards(context, asked, store(), tokens);
                               });
  Write<v1::RedeemRequest>("Redeem", ChangeToRedeem);
  Write<v1::CancelRedemptionRequest>("CancelRedemption", ChangeToCancel);
  Read<v1::ListOwnRedemptionsRequest>(
      "ListOwnRedemptions", [this, &tokens](const CallContext& context, const auto& asked) {
        return ListOwn(context, asked, store(), tokens);
      });
}

}  // namespace perigee::services
