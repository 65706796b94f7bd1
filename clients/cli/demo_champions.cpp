#include "clients/cli/demo_champions.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "clients/cli/demo_community.h"
#include "clients/cli/demo_ideas.h"
#include "clients/cli/demo_items.h"
#include "clients/cli/demo_stage.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/session.h"
#include "perigee/v1/ask.grpc.pb.h"
#include "perigee/v1/badge.grpc.pb.h"
#include "perigee/v1/capital.grpc.pb.h"
#include "perigee/v1/champion.grpc.pb.h"
#include "perigee/v1/contribution.grpc.pb.h"
#include "perigee/v1/credential.grpc.pb.h"
#include "perigee/v1/reward.grpc.pb.h"
#include "perigee/v1/thanks.grpc.pb.h"
#include "perigee/v1/tier.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

using AskAdmin = v1::AskAdminService::Stub;
using Asks = v1::AskService::Stub;
using BadgeAdmin = v1::BadgeAdminService::Stub;
using CapitalAdmin = v1::CapitalAdminService::Stub;
using ChampionAdmin = v1::ChampionAdminService::Stub;
using Champions = v1::ChampionService::Stub;
using ContributionAdmin = v1::ContributionAdminService::Stub;
using Contributions = v1::ContributionService::Stub;
using Credentials = v1::CredentialService::Stub;
using RewardAdmin = v1::RewardAdminService::Stub;
using Rewards = v1::RewardService::Stub;
using Thanks = v1::ThanksService::Stub;
using ThanksAdmin = v1::ThanksAdminService::Stub;

// The first members are left to whoever tries the commands of the help.
constexpr std::size_t kLeftAlone = 10;
constexpr std::size_t kCastSize = 18;

// The ids of the members who play, in order: people whom other members see.
std::vector<std::string> Cast(const DemoShape& shape) {
  std::vector<v1::CreateMemberRequest> members = DemoMembers(shape);
  members.erase(members.begin(), members.begin() + static_cast<std::ptrdiff_t>(
                                                       std::min(kLeftAlone, members.size())));
  std::vector<std::string> cast;
  for (const v1::CreateMemberRequest& member : members) {
    if (member.member().type() == v1::Member::TYPE_PERSON && !member.member().board_opt_out()) {
      cast.push_back(member.member_id());
    }
  }
  return cast;
}

// A term that began or begins on that day.
Making Appointed(int day) {
  return Made("appointment", Door::kInternal, &ChampionAdmin::CreateAppointment,
              [=](const Stage& stage, std::size_t, v1::CreateAppointmentRequest& request) {
                request.set_title(stage.Named("titles/champion"));
                *request.mutable_start_time() = ToTimestamp(stage.Day(day));
              });
}

// By the staff, or as the draft of a member.
Making Nominated(std::size_t draft_of = 0) {
  return Made("nomination", Door::kPublic, &Champions::Nominate,
              [=](const Stage& stage, std::size_t member, v1::NominateRequest& request) {
                request.set_parent(stage.program_name());
                if (draft_of != 0) {
                  request.set_member(stage.Member(draft_of));
                  request.set_draft(true);
                }
                request.set_nominee(stage.Member(member));
                request.set_title(stage.Named("titles/mvp"));
                request.add_answers("Whoever is new here is answered within the hour");
                request.add_answers("A workshop in the town library");
              });
}

absl::Status WithdrawForStaff(Stage& stage, const std::string& key, const std::string& name,
                              std::size_t /*member*/) {
  v1::WithdrawNominationRequest request;
  request.set_name(name);
  return stage.Send(key, Door::kPublic, &Champions::WithdrawNomination, request).status();
}

Making Asked(v1::Ask::State up_to) {
  return Made("ask", Door::kInternal, &AskAdmin::ProposeAsk,
              [=](const Stage&, std::size_t, v1::ProposeAskRequest& request) {
                request.set_team("events");
                request.set_kind("talk");
                request.set_text("Would you speak at the spring meeting?");
                request.set_up_to(up_to);
              });
}

// Capital to spend. Answers the transfer.
Making Given() {
  return {
      "capital",
      [](Stage& stage, const std::string& key, std::size_t member) -> absl::StatusOr<std::string> {
        auto request = Read<v1::PostTransfersRequest>(
            stage, R"pb(parent: "PROGRAM"
                        transfers {
                          debit_account: "PROGRAM/assets/access/accounts/issued"
                          amount: 100
                          memo: "For a year of answers"
                        })pb");
        request.mutable_transfers(0)->set_credit_account(stage.Member(member) + "/accounts/access");
        PERIGEE_ASSIGN_OR_RETURN(
            const v1::PostTransfersResponse posted,
            stage.Send(key, Door::kInternal, &CapitalAdmin::PostTransfers, request));
        return posted.transfers(0).name();
      }};
}
// The badge is lost with the capital that earned it.
absl::Status TakeBackOnceBadged(Stage& stage, const std::string& key, const std::string& name,
                                std::size_t member) {
  PERIGEE_RETURN_IF_ERROR(stage.AwaitGrant("insider", member));
  return ByStaff(&CapitalAdmin::ReverseTransfer)(stage, key, name, member);
}

Making Redeemed() {
  return Made("redemption", Door::kPublic, &Rewards::Redeem,
              [](const Stage& stage, std::size_t, v1::RedeemRequest& request) {
                request.set_reward(stage.Named("rewards/summit-stage"));
              });
}

Making HandedIn(std::string title) {
  return Made("contribution", Door::kPublic, &Contributions::SubmitContribution,
              [=](const Stage& stage, std::size_t, v1::SubmitContributionRequest& request) {
                v1::Contribution& contribution = *request.mutable_contribution();
                contribution.set_kind(stage.Named("contributionKinds/talk"));
                contribution.set_title(title);
                contribution.set_evidence("It was recorded");
                contribution.set_date(FormatTime(stage.Day(-1)).substr(0, 10));
                contribution.set_claimed_reach(60);
              });
}

// Thanks to a member; or to the brand, for 0.
Making Thanked(std::size_t receiver) {
  return Made("thanks", Door::kPublic, &Thanks::GiveThanks,
              [=](const Stage& stage, std::size_t, v1::GiveThanksRequest& request) {
                if (receiver != 0) {
                  request.set_receiver(stage.Member(receiver));
                }
                request.set_text("For the patience");
              });
}

// A fortnight to keep it.
Making Promised(v1::Promise::Kind kind, std::string text) {
  return Made("promise", Door::kInternal, &ThanksAdmin::MakePromise,
              [=](const Stage& stage, std::size_t, v1::MakePromiseRequest& request) {
                request.set_kind(kind);
                request.set_text(text);
                *request.mutable_due_time() = ToTimestamp(stage.Day(14));
              });
}
absl::Status ThankAsPromised(Stage& stage, const std::string& key, const std::string& name,
                             std::size_t member) {
  v1::ThankMemberRequest request;
  request.set_parent(stage.Member(member));
  request.set_text("For the talk, as promised");
  request.set_promise(name);
  return stage.Send(key, Door::kInternal, &ThanksAdmin::ThankMember, request).status();
}

Making Granted() {
  return Made("badge", Door::kInternal, &BadgeAdmin::GrantBadge,
              [](const Stage& stage, std::size_t member, v1::GrantBadgeRequest& request) {
                request.set_name(stage.Member(member) + "/badgeGrants/day-one");
                request.set_reason("Here from the first day");
              });
}

Making Issued() {
  return Made("credential", Door::kPublic, &Credentials::IssueCredential,
              [](const Stage&, std::size_t, v1::IssueCredentialRequest&) {});
}

// One resource of a member of the cast, and what happens to it.
struct Scene {
  std::size_t member;
  Making made;
  std::vector<Move> moves{};
};

// A member has at most one scene of each kind.
std::vector<Scene> Scenes() {
  const Move start_review = ByStaff(&ChampionAdmin::StartReview);
  const Move accept = ByMember(&Asks::AcceptAsk);
  const Move complete = ByStaff(&AskAdmin::CompleteAsk);
  const Move approve = ByStaff(&RewardAdmin::ApproveRedemption);
  const Move fulfil = ByStaff(&RewardAdmin::FulfilRedemption);
  const Move look_at = ByStaff(&ContributionAdmin::StartContributionReview);
  const Move accept_it = ByStaff(&ContributionAdmin::AcceptContribution);
  return {
      // Appointments: scheduled, active, with renewal due, suspended, revoked, resigned, lapsed,
      // renewed, over.
      {1, Appointed(30)},
      {2, Appointed(-100)},
      {3, Appointed(-350)},
      {4, Appointed(-200), {ByStaff(&ChampionAdmin::SuspendAppointment, "Under inquiry")}},
      {5, Appointed(-200), {ByStaff(&ChampionAdmin::RevokeAppointment, "Sold the seats")}},
      {6, Appointed(-200), {ByMember(&Champions::ResignAppointment)}},
      {7, Appointed(-375)},
      {8, Appointed(-375), {ByStaff(&ChampionAdmin::RenewAppointment)}},
      {9, Appointed(-900)},
      // Nominations: a draft, submitted, in review, accepted, declined, withdrawn.
      {10, Nominated(2)},
      {11, Nominated()},
      {12, Nominated(), {start_review}},
      {13,
       Nominated(),
       {start_review,
        ByStaff(&ChampionAdmin::ReviewNomination, "Patient with everybody",
                v1::NominationReview::VERDICT_ACCEPT),
        ByStaff(&ChampionAdmin::DecideNomination, "Welcome",
                v1::NominationReview::VERDICT_ACCEPT)}},
      {14,
       Nominated(),
       {start_review,
        ByStaff(&ChampionAdmin::ReviewNomination, "Here for a month",
                v1::NominationReview::VERDICT_DECLINE),
        ByStaff(&ChampionAdmin::DecideNomination, "Next year",
                v1::NominationReview::VERDICT_DECLINE)}},
      {15, Nominated(), {WithdrawForStaff}},
      // Asks: proposed, reserved, sent, accepted, declined, done, thanked for, cancelled.
      {2, Asked(v1::Ask::STATE_PROPOSED)},
      {3, Asked(v1::Ask::STATE_RESERVED)},
      {8, Asked(v1::Ask::STATE_SENT)},
      {13, Asked(v1::Ask::STATE_SENT), {accept}},
      {16, Asked(v1::Ask::STATE_SENT), {ByMember(&Asks::DeclineAsk, "No time in spring")}},
      {17, Asked(v1::Ask::STATE_SENT), {accept, complete}},
      {18, Asked(v1::Ask::STATE_SENT), {accept, complete, ByStaff(&AskAdmin::ThankForAsk)}},
      {9, Asked(v1::Ask::STATE_RESERVED), {ByStaff(&AskAdmin::CancelAsk)}},
      // Capital, and a badge by rule: taken back with it, and kept.
      {1, Given(), {TakeBackOnceBadged}},
      {2, Given()},
      {3, Given()},
      {8, Given()},
      {13, Given()},
      {16, Given()},
      {17, Given()},
      // Redemptions: held, approved, fulfilled, rejected, cancelled, returned.
      {2, Redeemed()},
      {3, Redeemed(), {approve}},
      {8, Redeemed(), {approve, fulfil}},
      {13, Redeemed(), {ByStaff(&RewardAdmin::RejectRedemption, "The evening is full")}},
      {16, Redeemed(), {ByMember(&Rewards::CancelRedemption)}},
      {17,
       Redeemed(),
       {approve, fulfil, ByStaff(&RewardAdmin::ReturnRedemption, "The evening was cancelled")}},
      // Contributions: submitted, in review, to be changed, accepted, rejected, withdrawn.
      {2, HandedIn("Orbits for beginners")},
      {3, HandedIn("A year of answers"), {look_at}},
      {8,
       HandedIn("Two planets"),
       {look_at, ByStaff(&ContributionAdmin::AskForChanges, "Where was it?")}},
      {17, HandedIn("How to ask"), {look_at, accept_it}},
      {18, HandedIn("How to answer"), {look_at, accept_it}},
      {13,
       HandedIn("Buy my book"),
       {look_at, ByStaff(&ContributionAdmin::RejectContribution, "An ad")}},
      {16, HandedIn("Not ready yet"), {ByMember(&Contributions::WithdrawContribution)}},
      // Thanks both ways, to the brand, and withdrawn; promises kept by thanks, owed, kept, given
      // up.
      {2, Thanked(3)},
      {3, Thanked(2)},
      {8, Thanked(0)},
      {13, Thanked(2), {ByMember(&Thanks::WithdrawThanks)}},
      {18, Promised(v1::Promise::KIND_THANKS, "The talk"), {ThankAsPromised}},
      {17, Promised(v1::Promise::KIND_THANKS, "The talk")},
      {2,
       Promised(v1::Promise::KIND_PROMISE, "A visit to the lab"),
       {ByStaff(&ThanksAdmin::KeepPromise)}},
      {3,
       Promised(v1::Promise::KIND_PROMISE, "A visit to the lab"),
       {ByStaff(&ThanksAdmin::CancelPromise)}},
      // Badges by staff, and credentials: had, and taken.
      {2, Granted()},
      {3, Granted(), {ByStaff(&BadgeAdmin::RevokeBadge, "Came a day later")}},
      {2, Issued()},
      {6, Issued(), {ByMember(&Credentials::RevokeCredential)}},
  };
}

absl::Status Play(Stage& stage, const Scene& scene) {
  const std::string key = scene.made.kind + " " + std::to_string(scene.member);
  PERIGEE_ASSIGN_OR_RETURN(const std::string name, scene.made.make(stage, key, scene.member));
  for (std::size_t i = 0; i < scene.moves.size(); ++i) {
    PERIGEE_RETURN_IF_ERROR(
        scene.moves[i](stage, key + " " + std::to_string(i), name, scene.member));
  }
  return absl::OkStatus();
}

// Defines what scenes are about.
template <class Stub, class Request, class Response>
absl::Status Define(Stage& stage, Method<Stub, Request, Response> method, const std::string& text) {
  const absl::Status defined =
      stage.Send(text, Door::kInternal, method, Read<Request>(stage, text)).status();
  return WasThereBefore(defined) ? absl::OkStatus() : defined;
}

absl::StatusOr<v1::Title> CreateMvp(Stage& stage) {
  return stage.Send("title mvp", Door::kInternal, &ChampionAdmin::CreateTitle,
                    Read<v1::CreateTitleRequest>(stage, R"pb(
                      parent: "PROGRAM"
                      title_id: "mvp"
                      title {
                        display_name: "MVP"
                        term_months: 12
                        seats: 40
                        nominators: [ NOMINATOR_STAFF, NOMINATOR_PEER ]
                        reviews: 1
                        questions: "What did the nominee do for others?"
                        questions: "What would they do as an MVP?"
                        renewal_days: 30
                        rights: "early-builds"
                      }
                    )pb"));
}

absl::Status DefineTheRest(Stage& stage) {
  PERIGEE_RETURN_IF_ERROR(Define(stage, &ChampionAdmin::CreateTitle, R"pb(
    parent: "PROGRAM"
    title_id: "champion"
    title {
      display_name: "Champion"
      term_months: 12
      nominators: [ NOMINATOR_STAFF, NOMINATOR_PEER, NOMINATOR_SELF ]
      renewal_days: 30
    }
  )pb"));
  PERIGEE_RETURN_IF_ERROR(Define(stage, &ContributionAdmin::SetContributionKind, R"pb(
    contribution_kind { name: "PROGRAM/contributionKinds/talk" display_name: "Talk" credit: 10 }
  )pb"));
  PERIGEE_RETURN_IF_ERROR(Define(stage, &RewardAdmin::CreateReward, R"pb(
    parent: "PROGRAM"
    reward_id: "summit-stage"
    reward {
      display_name: "Ten minutes on the stage of the summit"
      reward_class: REWARD_CLASS_STAGE
      price: 60
      stock: 12
      needs_approval: true
    }
  )pb"));
  PERIGEE_RETURN_IF_ERROR(Define(stage, &RewardAdmin::CreateReward, R"pb(
    parent: "PROGRAM"
    reward_id: "early-build"
    reward {
      display_name: "An early build"
      reward_class: REWARD_CLASS_ACCESS
      price: 20
      eligibility: "title:mvp or title:champion"
    }
  )pb"));
  PERIGEE_RETURN_IF_ERROR(Define(stage, &BadgeAdmin::CreateBadge, R"pb(
    parent: "PROGRAM"
    badge_id: "day-one"
    badge { display_name: "Day one" description: "Here from the first day" }
  )pb"));
  PERIGEE_RETURN_IF_ERROR(Define(stage, &BadgeAdmin::CreateBadge, R"pb(
    parent: "PROGRAM"
    badge_id: "insider"
    badge {
      display_name: "Insider"
      description: "Earned access to the house"
      rule {
        stages { criteria { asset: "access" at_least: 100 } }
        revocable: true
      }
    }
  )pb"));
  return Define(stage, &v1::TierAdminService::Stub::SetTierScheme, R"pb(
    scheme {
      name: "PROGRAM/tierSchemes/circle"
      display_name: "Circle"
      asset: "renown"
      levels { id: "friend" display_name: "Friend" at_least: 20 }
      levels { id: "regular" display_name: "Regular" at_least: 100 }
      levels { id: "pillar" display_name: "Pillar" at_least: 400 }
    }
  )pb");
}

}  // namespace

absl::StatusOr<Tally> MakeDemoChampions(Session& session, const std::string& program_name,
                                        const DemoShape& shape) {
  std::vector<std::string> cast = Cast(shape);
  if (cast.size() < kCastSize) {
    return Tally{};
  }
  Stage stage(session, program_name, std::move(cast));
  const absl::StatusOr<v1::Title> mvp = CreateMvp(stage);
  if (WasThereBefore(mvp.status())) {
    return stage.tally();
  }
  PERIGEE_RETURN_IF_ERROR(mvp.status());
  stage.SetFirstDay(std::chrono::floor<std::chrono::days>(
      FromMicros(0) + std::chrono::seconds(mvp->create_time().seconds())));
  PERIGEE_RETURN_IF_ERROR(DefineTheRest(stage));
  for (const Scene& scene : Scenes()) {
    const absl::Status played = Play(stage, scene);
    // Where people sign in, nobody has a draft for another.
    if (!WasThereBefore(played) && RefusedFieldOf(played).field != "member") {
      PERIGEE_RETURN_IF_ERROR(played);
    }
  }
  PERIGEE_RETURN_IF_ERROR(MakeDemoItems(session, stage));
  PERIGEE_RETURN_IF_ERROR(MakeDemoIdeas(stage));
  return stage.tally();
}

}  // namespace perigee::cli
