#include "clients/cli/demo_champions.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/text_format.h>

#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/ids.h"
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
using ChampionAdmin = v1::ChampionAdminService::Stub;
using Champions = v1::ChampionService::Stub;
using ContributionAdmin = v1::ContributionAdminService::Stub;
using Contributions = v1::ContributionService::Stub;
using Credentials = v1::CredentialService::Stub;
using RewardAdmin = v1::RewardAdminService::Stub;
using Rewards = v1::RewardService::Stub;
using Thanks = v1::ThanksService::Stub;
using ThanksAdmin = v1::ThanksAdminService::Stub;
using Verdict = v1::NominationReview::Verdict;

template <class Stub, class Request, class Response>
using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&, Response*);

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

// An earlier run made it, and it was changed or erased since.
bool WasThereBefore(const absl::Status& status) {
  const std::string reason = ReasonIn(status);
  return reason == "ALREADY_EXISTS" || reason == "REQUEST_ID_REUSED" ||
         reason == "REQUEST_ANSWER_ERASED";
}

// Sends the calls of one run.
class Stage {
 public:
  Stage(Session& session, std::string program_name, std::vector<std::string> cast)
      : session_(session), program_name_(std::move(program_name)), cast_(std::move(cast)) {}

  const std::string& program_name() const { return program_name_; }
  std::string Named(const std::string& in_program) const {
    return program_name_ + "/" + in_program;
  }
  // The `number`th of the cast, from 1 on.
  std::string Member(std::size_t number) const { return Named("members/" + cast_.at(number - 1)); }
  // The beginning of that day, counted from the day of the first run.
  Time Day(int day) const { return first_day_ + std::chrono::days(day); }
  void SetFirstDay(std::chrono::sys_days day) { first_day_ = day; }
  const Tally& tally() const { return tally_; }

  // `key` tells the call from all others of a run, and is the same in each run.
  template <class Stub, class Request, class Response>
  absl::StatusOr<Response> Send(std::string_view key, Door door,
                                Method<Stub, Request, Response> method, Request request) {
    request.set_request_id(DerivedRequestId({program_name_, "demo-champions", key}));
    bool replayed = false;
    absl::StatusOr<Response> answer = session_.Ask(door, method, request, &replayed);
    const bool before = answer.ok() ? replayed : WasThereBefore(answer.status());
    tally_.recorded += answer.ok() && !before ? 1 : 0;
    tally_.replayed += before ? 1 : 0;
    return answer;
  }
  // Waits until the server has applied all badges and tier schemes to all members.
  absl::Status AwaitApplied();

 private:
  Session& session_;
  std::string program_name_;
  std::vector<std::string> cast_;
  std::chrono::sys_days first_day_;
  Tally tally_;
};

absl::Status Stage::AwaitApplied() {
  PERIGEE_ASSIGN_OR_RETURN(const auto channel, session_.Channel(Door::kPublic));
  v1::BadgeService::Stub badge_stub(channel);
  v1::TierService::Stub tier_stub(channel);
  v1::ListBadgesRequest list_badges;
  list_badges.set_parent(program_name_);
  list_badges.set_page_size(1000);
  v1::ListTierSchemesRequest list_schemes;
  list_schemes.set_parent(program_name_);
  list_schemes.set_page_size(1000);
  const auto applying = [](const auto& one) { return one.applying(); };
  return session_.Retry([&](grpc::ClientContext& context) {
    session_.SetDeadline(context);
    v1::ListBadgesResponse badges;
    grpc::Status answer = badge_stub.ListBadges(&context, list_badges, &badges);
    if (!answer.ok()) {
      return answer;
    }
    grpc::ClientContext next;
    session_.SetDeadline(next);
    v1::ListTierSchemesResponse schemes;
    answer = tier_stub.ListTierSchemes(&next, list_schemes, &schemes);
    if (answer.ok() && (std::ranges::any_of(badges.badges(), applying) ||
                        std::ranges::any_of(schemes.schemes(), applying))) {
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "badges and tiers are still applied");
    }
    return answer;
  });
}

// The request of that text, in which `PROGRAM` stands for the programme's name.
template <class Request>
Request Read(const Stage& stage, std::string text) {
  constexpr std::string_view kProgram = "PROGRAM";
  for (std::size_t at = 0; (at = text.find(kProgram, at)) != std::string::npos;) {
    text.replace(at, kProgram.size(), stage.program_name());
  }
  Request request;
  google::protobuf::TextFormat::ParseFromString(text, &request);
  return request;
}

// How a resource is made for a member of the cast. Answers its name.
struct Making {
  std::string kind;
  std::function<absl::StatusOr<std::string>(Stage&, const std::string& key, std::size_t member)>
      make;
};
// What is then done with the resource.
using Move = std::function<absl::Status(Stage&, const std::string& key, const std::string& name,
                                        std::size_t member)>;

// `fill`, (const Stage&, member, Request&), fills the request.
template <class Stub, class Request, class Response, class Fill>
Making Made(std::string kind, Door door, Method<Stub, Request, Response> method, Fill fill) {
  return {std::move(kind),
          [door, method, fill](Stage& stage, const std::string& key,
                               std::size_t member) -> absl::StatusOr<std::string> {
            Request request;
            if constexpr (requires { request.set_parent(""); }) {
              request.set_parent(stage.Member(member));
            }
            fill(std::as_const(stage), member, request);
            PERIGEE_ASSIGN_OR_RETURN(const Response made, stage.Send(key, door, method, request));
            return made.name();
          }};
}

// A move that takes the name, and the member, the reason and the verdict where the request has
// them.
template <class Stub, class Request, class Response>
Move Moved(Door door, Method<Stub, Request, Response> method, std::string reason, Verdict verdict) {
  return [=](Stage& stage, const std::string& key, const std::string& name, std::size_t member) {
    Request request;
    request.set_name(name);
    if constexpr (requires { request.set_member(""); }) {
      request.set_member(stage.Member(member));
    }
    if constexpr (requires { request.set_reason(""); }) {
      request.set_reason(reason);
    }
    if constexpr (requires { request.set_verdict(verdict); }) {
      request.set_verdict(verdict);
    }
    return stage.Send(key, door, method, request).status();
  };
}
template <class Stub, class Request, class Response>
Move ByMember(Method<Stub, Request, Response> method, std::string reason = "") {
  return Moved(Door::kPublic, method, std::move(reason), v1::NominationReview::VERDICT_UNSPECIFIED);
}
template <class Stub, class Request, class Response>
Move ByStaff(Method<Stub, Request, Response> method, std::string reason = "",
             Verdict verdict = v1::NominationReview::VERDICT_UNSPECIFIED) {
  return Moved(Door::kInternal, method, std::move(reason), verdict);
}

// A term that began or begins on that day.
Making Appointed(int day) {
  return Made("appointment", Door::kInternal, &ChampionAdmin::CreateAppointment,
              [=](const Stage& stage, std::size_t, v1::CreateAppointmentRequest& request) {
                request.set_title(stage.Named("titles/champion"));
                *request.mutable_start_time() = ToTimestamp(stage.Day(day));
              });
}

Making NominatedBy(std::size_t nominator, bool draft = false) {
  return Made("nomination", Door::kPublic, &Champions::Nominate,
              [=](const Stage& stage, std::size_t member, v1::NominateRequest& request) {
                request.set_parent(stage.program_name());
                request.set_member(stage.Member(nominator));
                request.set_nominee(stage.Member(member));
                request.set_title(stage.Named("titles/mvp"));
                request.add_answers("Whoever is new here is answered within the hour");
                request.add_answers("A workshop in the town library");
                request.set_draft(draft);
              });
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

Making Redeemed() {
  Making redeemed = Made("redemption", Door::kPublic, &Rewards::Redeem,
                         [](const Stage& stage, std::size_t, v1::RedeemRequest& request) {
                           request.set_reward(stage.Named("rewards/summit-stage"));
                         });
  redeemed.make = [redeem = redeemed.make](Stage& stage, const std::string& key,
                                           std::size_t member) -> absl::StatusOr<std::string> {
    auto request = Read<v1::PostTransfersRequest>(
        stage, R"pb(parent: "PROGRAM"
                    transfers {
                      debit_account: "PROGRAM/assets/access/accounts/issued"
                      amount: 100
                      memo: "For a year of answers"
                    })pb");
    request.mutable_transfers(0)->set_credit_account(stage.Member(member) + "/accounts/access");
    PERIGEE_RETURN_IF_ERROR(stage
                                .Send(key + " capital", Door::kInternal,
                                      &v1::CapitalAdminService::Stub::PostTransfers, request)
                                .status());
    return redeem(stage, key, member);
  };
  return redeemed;
}

Making HandedIn(std::string title) {
  return Made("contribution " + title, Door::kPublic, &Contributions::SubmitContribution,
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
      // Scheduled, active, with renewal due, suspended, revoked, resigned, lapsed, renewed, over.
      {1, Appointed(30)},
      {2, Appointed(-100)},
      {3, Appointed(-350)},
      {4, Appointed(-200), {ByStaff(&ChampionAdmin::SuspendAppointment, "Under inquiry")}},
      {5, Appointed(-200), {ByStaff(&ChampionAdmin::RevokeAppointment, "Sold the seats")}},
      {6, Appointed(-200), {ByMember(&Champions::ResignAppointment)}},
      {7, Appointed(-375)},
      {8, Appointed(-375), {ByStaff(&ChampionAdmin::RenewAppointment)}},
      {9, Appointed(-900)},
      {10, NominatedBy(2, true)},
      {11, NominatedBy(2)},
      {12, NominatedBy(3), {start_review}},
      {13,
       NominatedBy(3),
       {start_review,
        ByStaff(&ChampionAdmin::ReviewNomination, "Patient with everybody",
                v1::NominationReview::VERDICT_ACCEPT),
        ByStaff(&ChampionAdmin::DecideNomination, "Welcome",
                v1::NominationReview::VERDICT_ACCEPT)}},
      {14,
       NominatedBy(8),
       {start_review,
        ByStaff(&ChampionAdmin::ReviewNomination, "Here for a month",
                v1::NominationReview::VERDICT_DECLINE),
        ByStaff(&ChampionAdmin::DecideNomination, "Next year",
                v1::NominationReview::VERDICT_DECLINE)}},
      {15, NominatedBy(8), {ByMember(&Champions::WithdrawNomination)}},
      {2, Asked(v1::Ask::STATE_PROPOSED)},
      {3, Asked(v1::Ask::STATE_RESERVED)},
      {8, Asked(v1::Ask::STATE_SENT)},
      {13, Asked(v1::Ask::STATE_SENT), {accept}},
      {16, Asked(v1::Ask::STATE_SENT), {ByMember(&Asks::DeclineAsk, "No time in spring")}},
      {17, Asked(v1::Ask::STATE_SENT), {accept, complete}},
      {18, Asked(v1::Ask::STATE_SENT), {accept, complete, ByStaff(&AskAdmin::ThankForAsk)}},
      {9, Asked(v1::Ask::STATE_RESERVED), {ByStaff(&AskAdmin::CancelAsk)}},
      {2, Redeemed()},
      {3, Redeemed(), {approve}},
      {8, Redeemed(), {approve, fulfil}},
      {13, Redeemed(), {ByStaff(&RewardAdmin::RejectRedemption, "The evening is full")}},
      {16, Redeemed(), {ByMember(&Rewards::CancelRedemption)}},
      {17,
       Redeemed(),
       {approve, fulfil, ByStaff(&RewardAdmin::ReturnRedemption, "The evening was cancelled")}},
      {2, HandedIn("Orbits for beginners")},
      {3, HandedIn("A year of answers"), {look_at}},
      {8,
       HandedIn("Two planets"),
       {look_at, ByStaff(&ContributionAdmin::AskForChanges, "Where was it?")}},
      {17, HandedIn("How to ask"), {look_at, accept_it}},
      {18, HandedIn("How to answer"), {look_at, accept_it}},
      {18, HandedIn("How to thank"), {look_at, accept_it}},
      {13,
       HandedIn("Buy my book"),
       {look_at, ByStaff(&ContributionAdmin::RejectContribution, "An ad")}},
      {16, HandedIn("Not ready yet"), {ByMember(&Contributions::WithdrawContribution)}},
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

// Who spoke once has it until its rule becomes stricter.
absl::Status DefineSpeaker(Stage& stage) {
  PERIGEE_RETURN_IF_ERROR(Define(stage, &BadgeAdmin::CreateBadge, R"pb(
    parent: "PROGRAM"
    badge_id: "speaker"
    badge {
      display_name: "Speaker"
      description: "Spoke in public"
      rule {
        criteria {
          terms { activity_type: "talk" }
          at_least: 10
        }
      }
    }
  )pb"));
  PERIGEE_RETURN_IF_ERROR(stage.AwaitApplied());
  PERIGEE_RETURN_IF_ERROR(Define(stage, &BadgeAdmin::UpdateBadge, R"pb(
    badge {
      name: "PROGRAM/badges/speaker"
      description: "Spoke in public twice"
      rule {
        criteria {
          terms { activity_type: "talk" }
          at_least: 20
        }
      }
    }
    update_mask { paths: "description" paths: "rule" }
  )pb"));
  return stage.AwaitApplied();
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
    if (const absl::Status played = Play(stage, scene); !WasThereBefore(played)) {
      PERIGEE_RETURN_IF_ERROR(played);
    }
  }
  PERIGEE_RETURN_IF_ERROR(DefineSpeaker(stage));
  return stage.tally();
}

}  // namespace perigee::cli
