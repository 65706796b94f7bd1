#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/reward.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Own = v1::RewardService::Stub;
using Admin = v1::RewardAdminService::Stub;

// What a reward without an asset is paid in.
constexpr char kAssetFallback[] = "access";

std::string PriceOf(Session& session, const std::string& asset, std::int64_t price) {
  return session.Amount(ProgramOf(asset), IdOf(asset), price) + " " + IdOf(asset);
}

// The asset in which a new reward, or one that is there, is paid: the one that was typed, or the
// one that it has. An update refuses a reward that is not there, so it needs none.
absl::StatusOr<std::string> AssetOf(Session& session, const v1::CreateRewardRequest& request) {
  const std::string& typed = request.reward().asset();
  return typed.empty() ? session.Name("assets", kAssetFallback) : typed;
}

absl::StatusOr<std::string> AssetOf(Session& session, const v1::UpdateRewardRequest& request) {
  if (!request.reward().asset().empty()) {
    return request.reward().asset();
  }
  v1::ListAllRewardsRequest list;
  list.set_parent(ProgramOf(request.reward().name()));
  PERIGEE_ASSIGN_OR_RETURN(const v1::ListAllRewardsResponse response,
                           session.AskAll(Door::kInternal, &Admin::ListAllRewards, list, 0));
  for (const v1::Reward& reward : response.rewards()) {
    if (reward.name() == request.reward().name()) {
      return reward.asset();
    }
  }
  return "";
}

// A reader of a price, as people write it. The asset is bound before.
template <class Request>
absl::StatusOr<std::string> ReadPrice(Session& session, const Form::Message& so_far,
                                      const std::string& typed) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string asset,
                           AssetOf(session, static_cast<const Request&>(so_far)));
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t price,
                           session.ReadAmount(ProgramOf(asset), IdOf(asset), typed));
  return std::to_string(price);
}

void ShowReward(Session& session, const v1::Reward& reward) {
  Card card;
  card.Add("name", reward.name());
  card.Add("display name", reward.display_name());
  card.Add("description", reward.description());
  card.Add("class", Word(reward.reward_class()));
  card.Add("price", PriceOf(session, reward.asset(), reward.price()));
  card.Add("stock", reward.has_stock() ? std::to_string(reward.stock()) : "any number");
  card.Add("taken", std::to_string(reward.taken()));
  card.Add("for", reward.eligibility().empty() ? "everybody" : reward.eligibility());
  card.Add("needs approval", YesNo(reward.needs_approval()));
  card.Add("four eyes", YesNo(reward.four_eyes()));
  card.Add("hold days", std::to_string(reward.hold_days()));
  card.Add("retired", YesNo(reward.retired()));
  card.Print(session.out());
}

Rows<v1::Reward, Session> RewardRows() {
  return {{"REWARD", "NAME", "CLASS", ">PRICE", ">STOCK", ">TAKEN", "FOR", "RETIRED"},
          [](Session& session, const v1::Reward& reward) -> Row {
            return {IdOf(reward.name()),
                    reward.display_name(),
                    Word(reward.reward_class()),
                    PriceOf(session, reward.asset(), reward.price()),
                    reward.has_stock() ? std::to_string(reward.stock()) : "any",
                    std::to_string(reward.taken()),
                    reward.eligibility(),
                    YesNo(reward.retired())};
          }};
}

Rows<v1::OfferedReward, Session> OfferedRewardRows() {
  return {{"REWARD", "NAME", "CLASS", ">PRICE", "AFFORDABLE", ">LEFT"},
          [](Session& session, const v1::OfferedReward& reward) -> Row {
            return {IdOf(reward.name()),
                    reward.display_name(),
                    Word(reward.reward_class()),
                    PriceOf(session, reward.asset(), reward.price()),
                    YesNo(reward.affordable()),
                    reward.has_stock_left() ? std::to_string(reward.stock_left()) : "any"};
          }};
}

Rows<v1::Redemption, Session> RedemptionRows() {
  return {{"MEMBER", "REDEMPTION", "REWARD", ">PRICE", "STATE", "MADE", "UNTIL", "REASON"},
          [](Session& session, const v1::Redemption& one) -> Row {
            return {MemberOf(one.name()),
                    IdOf(one.name()),
                    IdOf(one.reward()),
                    PriceOf(session, one.asset(), one.price()),
                    Word(one.state()),
                    FormatTimestamp(one.create_time()),
                    FormatTimestamp(one.expire_time()),
                    one.reason()};
          }};
}

CLI::Option* BindClass(Form& form) {
  return form.Add("--class", "reward.reward_class",
                  "access, introduction, recognition, knowledge or stage; never what is like cash");
}

template <class Request>
CLI::Option* BindPrice(Form& form) {
  form.Add("--asset", "reward.asset",
           std::string("What it is paid in; a new one in ") + kAssetFallback + " if left out",
           {.read = IdIn("assets")});
  return form.Add("--price", "reward.price", "How much of it, such as 7.50 of an asset with cents",
                  {.read = ReadPrice<Request>});
}

void BindProperties(Form& form) {
  form.Add("--description", "reward.description", "What the member gets");
  form.Add("--stock", "reward.stock", "How many there are; any number if left out");
  form.Add("--for", "reward.eligibility", "The audience, such as 'title:mvp'");
  form.AddFlag("--allow-demographic", "reward.allow_demographic",
               "The audience may name demographic facets");
  form.Add("--needs-approval", "reward.needs_approval", "yes: staff approve a redemption first");
  form.Add("--four-eyes", "reward.four_eyes",
           "yes: two people approve and fulfil, and neither is the member");
  form.Add("--hold-days", "reward.hold_days", "How long staff have to fulfil a redemption");
}

void BindRedemption(Form& form) {
  form.Add("REDEMPTION", "name", "MEMBER/ID, or its full name",
           {.read = IdOfMemberIn("redemptions")})
      ->required();
}

constexpr char kMade[] =
    "  perigee capital post access:issued m-001/access 100 -p demo\n"
    "  perigee rewards create seat --display-name 'A seat' --class access --price 40 -p demo\n";
constexpr char kRedeemed[] = "  perigee rewards redeem m-001 seat --names -p demo >redemption\n";

void AddCatalogue(CLI::App& noun, Chosen& chosen) {
  AddCall<v1::CreateRewardRequest>(
      noun, chosen,
      {"create", "Make a reward; never cash or what is like it",
       "  perigee rewards create stage --display-name 'A talk at the summit' --class stage "
       "--price 40 --stock 3 --needs-approval yes -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("REWARD", "reward_id", "Its id")->required();
        form.Add("--display-name", "reward.display_name", "What people see")->required();
        BindClass(form)->required();
        BindPrice<v1::CreateRewardRequest>(form)->required();
        BindProperties(form);
      },
      Send(Door::kInternal, &Admin::CreateReward, ShowReward));
  AddCall<v1::UpdateRewardRequest>(
      noun, chosen,
      {"update", "Change what is given, leave the rest",
       std::string(kMade) + "  perigee rewards update seat --price 30 --stock 10 -p demo\n"
                            "  perigee rewards update seat --any-stock --retired yes -p demo"},
      [](Form& form) {
        form.Add("REWARD", "reward.name", "Its id", {.read = IdIn("rewards")})->required();
        form.Add("--display-name", "reward.display_name", "What people see");
        BindClass(form);
        BindPrice<v1::UpdateRewardRequest>(form);
        BindProperties(form);
        form.AddClear("--any-stock", {"reward.stock"}, "There is any number of it");
        form.Add("--retired", "reward.retired", "yes: nobody redeems it any more");
        BindEtag(form, "reward.etag");
      },
      Send(Door::kInternal, &Admin::UpdateReward, ShowReward));
  AddCall<v1::ListAllRewardsRequest>(
      noun, chosen, {"list", "List all rewards", "  perigee rewards list -p demo"}, BindProgramList,
      List(Door::kInternal, &Admin::ListAllRewards, RewardRows()));
  AddCall<v1::ListRewardsRequest>(
      noun, chosen,
      {"offers", "List what a member may redeem", "  perigee rewards offers m-001 -p demo"},
      BindMemberList, List(Door::kPublic, &Own::ListRewards, OfferedRewardRows()));
}

void AddRedemptions(CLI::App& noun, Chosen& chosen) {
  const std::string redeemed = std::string(kMade) + kRedeemed;
  AddCall<v1::RedeemRequest>(
      noun, chosen,
      {"redeem", "Ask for a reward: its price is held",
       std::string(kMade) + "  perigee rewards redeem m-001 seat -p demo"},
      [](Form& form) {
        BindMember(form, "parent");
        form.Add("REWARD", "reward", "Which", {.read = IdIn("rewards")})->required();
      },
      Send(Door::kPublic, &Own::Redeem, RedemptionRows()));
  AddCall<v1::CancelRedemptionRequest>(
      noun, chosen,
      {"cancel", "Take a redemption back before staff act",
       redeemed + "  perigee rewards cancel \"$(cat redemption)\""},
      BindRedemption, Send(Door::kPublic, &Own::CancelRedemption, RedemptionRows()));
  AddCall<v1::ListOwnRedemptionsRequest>(
      noun, chosen,
      {"own", "List the redemptions of a member", "  perigee rewards own m-001 -p demo"},
      BindMemberList, List(Door::kPublic, &Own::ListOwnRedemptions, RedemptionRows()));
  AddCall<v1::ListRedemptionsRequest>(
      noun, chosen,
      {"redemptions", "List redemptions, as staff see them",
       "  perigee rewards redemptions --state held -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("--state", "state", WordsOf(*v1::Redemption::State_descriptor()));
        BindLimit(form);
      },
      List(Door::kInternal, &Admin::ListRedemptions, RedemptionRows()));
  AddCall<v1::ApproveRedemptionRequest>(
      noun, chosen,
      {"approve", "Agree to a redemption",
       redeemed + "  perigee rewards approve \"$(cat redemption)\""},
      BindRedemption, Send(Door::kInternal, &Admin::ApproveRedemption, RedemptionRows()));
  AddCall<v1::FulfilRedemptionRequest>(
      noun, chosen,
      {"fulfil", "Say that the member has the reward: its price is spent",
       redeemed + "  perigee rewards fulfil \"$(cat redemption)\""},
      BindRedemption, Send(Door::kInternal, &Admin::FulfilRedemption, RedemptionRows()));
  AddCall<v1::RejectRedemptionRequest>(
      noun, chosen,
      {"reject", "Refuse a redemption: its price is free again",
       redeemed + "  perigee rewards reject \"$(cat redemption)\" --reason 'The hall is full'"},
      [](Form& form) {
        BindRedemption(form);
        form.Add("--reason", "reason", "Why, for the member")->required();
      },
      Send(Door::kInternal, &Admin::RejectRedemption, RedemptionRows()));
  AddCall<v1::ReturnRedemptionRequest>(
      noun, chosen,
      {"return", "Undo a fulfilled redemption: its price comes back",
       redeemed +
           "  perigee rewards fulfil \"$(cat redemption)\"\n"
           "  perigee rewards return \"$(cat redemption)\" --reason 'The talk was cancelled'"},
      [](Form& form) {
        BindRedemption(form);
        form.Add("--reason", "reason", "Why, for the member")->required();
      },
      Send(Door::kInternal, &Admin::ReturnRedemption, RedemptionRows()));
}

}  // namespace

void AddRewards(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "rewards", "What members may have for social capital");
  AddCatalogue(noun, chosen);
  AddRedemptions(noun, chosen);
}

}  // namespace perigee::cli
