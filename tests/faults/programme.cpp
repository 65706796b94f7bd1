#include "tests/faults/programme.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/load/community.h"
#include "perigee/v1/badge.grpc.pb.h"
#include "perigee/v1/board.grpc.pb.h"
#include "perigee/v1/champion.grpc.pb.h"
#include "perigee/v1/contribution.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "perigee/v1/program.grpc.pb.h"
#include "perigee/v1/reward.grpc.pb.h"
#include "perigee/v1/tier.grpc.pb.h"

namespace perigee::tests {
namespace {

constexpr std::uint64_t kSetupSalt = 0xfa017;
constexpr int kTierMonths = 36;
constexpr std::int64_t kMoreThanAnybodyEarns = 1'000'000'000'000;

// Sends the requests that set the programme up, until one is refused.
class Setup {
 public:
  explicit Setup(const std::shared_ptr<grpc::Channel>& channel)
      : programs_(v1::ProgramAdminService::NewStub(channel)),
        members_(v1::MemberAdminService::NewStub(channel)),
        boards_(v1::BoardAdminService::NewStub(channel)),
        champions_(v1::ChampionAdminService::NewStub(channel)),
        rewards_(v1::RewardAdminService::NewStub(channel)),
        contributions_(v1::ContributionAdminService::NewStub(channel)),
        badges_(v1::BadgeAdminService::NewStub(channel)),
        tiers_(v1::TierAdminService::NewStub(channel)) {}

  void Program() {
    v1::CreateProgramRequest request;
    request.set_program_id("fault");
    request.mutable_program()->set_display_name("Fault");
    request.mutable_program()->set_ask_limit(kAskLimit);
    request.mutable_program()->set_thanks_limit(kThanksLimit);
    request.mutable_program()->set_thanks_period(v1::Program::THANKS_PERIOD_MONTH);
    Send(*programs_, &v1::ProgramAdminService::Stub::CreateProgram, request);
  }
  void Points() {
    v1::CreateAssetRequest request;
    request.set_parent(kFaultProgram);
    request.set_asset_id("points");
    request.mutable_asset()->set_display_name("Points");
    request.mutable_asset()->set_spendable(true);
    Send(*programs_, &v1::ProgramAdminService::Stub::CreateAsset, request);
  }
  void Rule(v1::CreateRuleRequest request) {
    request.set_parent(kFaultProgram);
    request.mutable_rule()->set_activity_type(request.rule_id());
    Send(*programs_, &v1::ProgramAdminService::Stub::CreateRule, request);
  }
  void Member(int n) {
    v1::CreateMemberRequest request;
    request.set_parent(kFaultProgram);
    request.set_member_id(FaultMemberId(n));
    request.mutable_member()->set_display_name(FaultMemberId(n));
    Send(*members_, &v1::MemberAdminService::Stub::CreateMember, request);
  }
  void Board(const std::string& id, const std::string& asset, v1::Board::Cadence cadence) {
    v1::CreateBoardRequest request;
    request.set_parent(kFaultProgram);
    request.set_board_id(id);
    request.mutable_board()->set_display_name(id);
    request.mutable_board()->set_asset(asset);
    request.mutable_board()->set_cadence(cadence);
    Send(*boards_, &v1::BoardAdminService::Stub::CreateBoard, request);
  }
  void Title() {
    v1::CreateTitleRequest request;
    request.set_parent(kFaultProgram);
    request.set_title_id("chair");
    v1::Title& title = *request.mutable_title();
    title.set_display_name("Chair");
    title.set_term_months(12);
    title.set_seats(kSeats);
    title.set_reviews(1);
    title.add_nominators(v1::NOMINATOR_PEER);
    Send(*champions_, &v1::ChampionAdminService::Stub::CreateTitle, request);
  }
  void Reward(const std::string& id, bool needs_approval) {
    v1::CreateRewardRequest request;
    request.set_parent(kFaultProgram);
    request.set_reward_id(id);
    v1::Reward& reward = *request.mutable_reward();
    reward.set_display_name(id);
    reward.set_reward_class(v1::REWARD_CLASS_ACCESS);
    reward.set_asset(absl::StrCat(kFaultProgram, "/assets/points"));
    reward.set_price(kPrice);
    reward.set_stock(kStock);
    reward.set_needs_approval(needs_approval);
    Send(*rewards_, &v1::RewardAdminService::Stub::CreateReward, request);
  }
  void ContributionKind() {
    v1::SetContributionKindRequest request;
    v1::ContributionKind& kind = *request.mutable_contribution_kind();
    kind.set_name(FaultName("contributionKinds", "talk"));
    kind.set_display_name("Talk");
    kind.set_credit(kTalkCredit);
    Send(*contributions_, &v1::ContributionAdminService::Stub::SetContributionKind, request);
  }
  void Badge(const std::string& id, std::int64_t answers) {
    v1::CreateBadgeRequest request;
    request.set_parent(kFaultProgram);
    request.set_badge_id(id);
    request.mutable_badge()->set_display_name(id);
    v1::BadgeCriterion& criterion =
        *request.mutable_badge()->mutable_rule()->add_stages()->add_criteria();
    criterion.add_terms()->set_activity_type("answer");
    criterion.set_at_least(answers);
    Send(*badges_, &v1::BadgeAdminService::Stub::CreateBadge, request);
  }
  void TierScheme(const std::string& id, std::int64_t reputation) {
    v1::SetTierSchemeRequest request;
    v1::TierScheme& scheme = *request.mutable_scheme();
    scheme.set_name(FaultName("tierSchemes", id));
    scheme.set_display_name(id);
    scheme.set_window_months(kTierMonths);
    v1::TierLevel& level = *scheme.add_levels();
    level.set_id(kTierLevel);
    level.set_display_name(kTierLevel);
    level.set_at_least(reputation);
    Send(*tiers_, &v1::TierAdminService::Stub::SetTierScheme, request);
  }
  const grpc::Status& status() const { return status_; }

 private:
  template <class Stub, class Request, class Response>
  void Send(Stub& stub,
            grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
            Request request) {
    request.set_request_id(load::RequestId(kSetupSalt, ++sent_));
    if (status_.ok()) {
      grpc::ClientContext context;
      Response response;
      status_ = (stub.*method)(&context, request, &response);
    }
  }

  std::unique_ptr<v1::ProgramAdminService::Stub> programs_;
  std::unique_ptr<v1::MemberAdminService::Stub> members_;
  std::unique_ptr<v1::BoardAdminService::Stub> boards_;
  std::unique_ptr<v1::ChampionAdminService::Stub> champions_;
  std::unique_ptr<v1::RewardAdminService::Stub> rewards_;
  std::unique_ptr<v1::ContributionAdminService::Stub> contributions_;
  std::unique_ptr<v1::BadgeAdminService::Stub> badges_;
  std::unique_ptr<v1::TierAdminService::Stub> tiers_;
  std::uint64_t sent_ = 0;
  grpc::Status status_;
};

v1::Grant& AddGrant(v1::CreateRuleRequest& request, const std::string& asset, bool actor,
                    std::int64_t amount) {
  v1::Grant& grant = *request.mutable_rule()->add_grants();
  grant.set_asset(asset);
  grant.set_beneficiary(actor ? v1::Grant::BENEFICIARY_ACTOR : v1::Grant::BENEFICIARY_RECIPIENT);
  grant.set_amount(amount);
  return grant;
}

v1::CreateRuleRequest AnswerRule() {
  v1::CreateRuleRequest request;
  request.set_rule_id("answer");
  v1::Cap& cap = *AddGrant(request, "reputation", true, kAnswerGrant).mutable_cap();
  cap.set_id("daily");
  cap.set_limit(kCapLimit);
  cap.set_window(v1::Cap::WINDOW_DAY);
  AddGrant(request, "points", false, kAnswerPoints);
  return request;
}

v1::CreateRuleRequest KudosRule() {
  v1::CreateRuleRequest request;
  request.set_rule_id("kudos");
  request.mutable_rule()->set_thanks(true);
  AddGrant(request, "reputation", false, kKudosGrant).set_per_quantity(true);
  return request;
}

v1::CreateRuleRequest LapseRule() {
  v1::CreateRuleRequest request;
  request.set_rule_id("lapse");
  AddGrant(request, "reputation", true, -kLapse).set_floor(0);
  return request;
}

v1::CreateRuleRequest ThanksRule() {
  v1::CreateRuleRequest request;
  request.set_rule_id("thanks");
  AddGrant(request, "points", false, kThanksGrant);
  return request;
}

v1::CreateRuleRequest TalkRule() {
  v1::CreateRuleRequest request;
  request.set_rule_id("talk");
  AddGrant(request, "points", true, 1).set_per_quantity(true);
  return request;
}

}  // namespace

std::string FaultMemberId(int n) { return absl::StrFormat("m%02d", n); }
std::string FaultMember(int n) {
  return absl::StrCat(kFaultProgram, "/members/", FaultMemberId(n));
}
std::string FaultAccount(int n, const std::string& asset) {
  return absl::StrCat(FaultMember(n), "/accounts/", asset);
}
std::string FaultOwnAccount(const std::string& asset, const std::string& account) {
  return absl::StrCat(kFaultProgram, "/assets/", asset, "/accounts/", account);
}
std::string FaultTransfer(const std::string& name) {
  return absl::StrCat(kFaultProgram, "/transfers/", name);
}

std::string FaultBadgeId(std::int64_t answers) { return absl::StrCat("answers-", answers); }
std::string FaultSchemeId(std::int64_t reputation) { return absl::StrCat("club-", reputation); }
std::string FaultName(const std::string& collection, const std::string& id) {
  return absl::StrCat(kFaultProgram, "/", collection, "/", id);
}

grpc::Status MakeFaultProgramme(const std::shared_ptr<grpc::Channel>& channel) {
  Setup setup(channel);
  setup.Program();
  setup.Points();
  setup.Rule(AnswerRule());
  setup.Rule(KudosRule());
  setup.Rule(LapseRule());
  setup.Rule(ThanksRule());
  setup.Rule(TalkRule());
  for (int n = 0; n < kFaultMembers; ++n) {
    setup.Member(n);
  }
  setup.Board("all", "reputation", v1::Board::CADENCE_ALL_TIME);
  setup.Board("days", "reputation", v1::Board::CADENCE_DAY);
  setup.Board("gifts", "points", v1::Board::CADENCE_ALL_TIME);
  setup.Title();
  setup.Reward("seat", true);
  setup.Reward("call", false);
  setup.ContributionKind();
  for (const std::int64_t answers : kAnswersForBadges) {
    setup.Badge(FaultBadgeId(answers), answers);
  }
  setup.Badge(kStaffBadge, kMoreThanAnybodyEarns);
  for (const std::int64_t reputation : kReputationForTiers) {
    setup.TierScheme(FaultSchemeId(reputation), reputation);
  }
  setup.TierScheme(kStaffScheme, kMoreThanAnybodyEarns);
  return setup.status();
}

}  // namespace perigee::tests
