#include "tests/faults/champion_writer.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/faults/programme.h"

namespace perigee::tests {
namespace {

constexpr std::size_t kOwnMax = 16;
// Few enough that a link comes twice now and then.
constexpr std::int64_t kLinks = 300;
constexpr int kCoAuthorsMax = 2;

// A request that has nothing but the name of what it moves.
template <class Request>
Request MoveOf(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

template <class Request>
Request ReasonedMoveOf(const std::string& name) {
  Request request = MoveOf<Request>(name);
  request.set_reason("a reason");
  return request;
}

}  // namespace

ChampionRequest ChampionWriter::Make(const std::string& request_id) {
  then_in_ = nullptr;
  ChampionRequest request;
  switch (Random(1, 10)) {
    case 1:
    case 2:
      request = Ask();
      break;
    case 3:
      request = Thanks();
      break;
    case 4:
      request = Redemption();
      break;
    case 5:
      request = Nomination();
      break;
    case 6:
      request = Appointment();
      break;
    case 7:
      request = Badge();
      break;
    case 8:
      request = Tier();
      break;
    case 9:
      request = Credential();
      break;
    default:
      request = Contribution();
  }
  std::visit([&](auto& message) { message.set_request_id(request_id); }, request);
  return request;
}

void ChampionWriter::Learn(const Write& write) {
  if (then_in_ == nullptr || then_in_->size() >= kOwnMax) {
    return;
  }
  if (std::holds_alternative<v1::NominateRequest>(std::get<ChampionRequest>(write.request))) {
    // The voice may have joined another nomination.
    v1::OwnNomination answer;
    answer.ParseFromString(write.answer.bytes);
    then_.name = answer.name();
  } else if (then_.name.ends_with('/')) {
    absl::StrAppend(&then_.name, write.answer.revision);
  }
  then_in_->push_back(then_);
}

ChampionRequest ChampionWriter::Ask() {
  std::optional<Own> own = Take(asks_);
  if (!own.has_value()) {
    const std::string member = TwoMembers().first;
    const int up_to = static_cast<int>(Random(v1::Ask::STATE_PROPOSED, v1::Ask::STATE_SENT));
    v1::ProposeAskRequest request;
    request.set_parent(member);
    request.set_team(absl::StrCat("team-", number_));
    request.set_kind("review");
    request.set_text("Would you?");
    request.set_up_to(static_cast<v1::Ask::State>(up_to));
    Then(asks_, {member + "/asks/", member}, up_to);
    return request;
  }
  const std::string name = own->name;
  if (own->state < v1::Ask::STATE_SENT && OneIn(2)) {
    return MoveOf<v1::CancelAskRequest>(name);
  }
  switch (own->state) {
    case v1::Ask::STATE_PROPOSED:
      Then(asks_, *own, v1::Ask::STATE_RESERVED);
      return MoveOf<v1::ReserveAskRequest>(name);
    case v1::Ask::STATE_RESERVED:
      Then(asks_, *own, v1::Ask::STATE_SENT);
      return MoveOf<v1::SendAskRequest>(name);
    case v1::Ask::STATE_SENT:
      if (OneIn(4)) {
        return ReasonedMoveOf<v1::DeclineAskRequest>(name);
      }
      Then(asks_, *own, v1::Ask::STATE_ACCEPTED);
      return MoveOf<v1::AcceptAskRequest>(name);
    case v1::Ask::STATE_ACCEPTED:
      Then(asks_, *own, v1::Ask::STATE_DONE);
      return MoveOf<v1::CompleteAskRequest>(name);
    default:
      return MoveOf<v1::ThankForAskRequest>(name);
  }
}

ChampionRequest ChampionWriter::Thanks() {
  if (const std::optional<Own> own = Take(thanks_); own.has_value()) {
    auto request = MoveOf<v1::WithdrawThanksRequest>(own->name);
    request.set_member(own->member);
    return request;
  }
  const auto [giver, receiver] = TwoMembers();
  v1::GiveThanksRequest request;
  request.set_parent(giver);
  request.set_receiver(receiver);
  request.set_text("Thank you");
  Then(thanks_, {FaultName("thanks", ""), giver}, v1::Thanks::STATE_GIVEN);
  return request;
}

ChampionRequest ChampionWriter::Redemption() {
  std::optional<Own> own = Take(redemptions_);
  if (!own.has_value()) {
    const std::string member = TwoMembers().first;
    v1::RedeemRequest request;
    request.set_parent(member);
    const bool needs_approval = OneIn(2);
    request.set_reward(FaultName("rewards", needs_approval ? "seat" : "call"));
    // What needs no approval is as good as approved, but its member may still cancel it.
    Then(redemptions_, {member + "/redemptions/", member},
         needs_approval ? v1::Redemption::STATE_REQUESTED : v1::Redemption::STATE_HELD);
    return request;
  }
  const std::string name = own->name;
  if (own->state == v1::Redemption::STATE_FULFILLED) {
    return ReasonedMoveOf<v1::ReturnRedemptionRequest>(name);
  }
  if (OneIn(4)) {
    return ReasonedMoveOf<v1::RejectRedemptionRequest>(name);
  }
  if (own->state != v1::Redemption::STATE_APPROVED && OneIn(4)) {
    return MoveOf<v1::CancelRedemptionRequest>(name);
  }
  if (own->state == v1::Redemption::STATE_REQUESTED) {
    Then(redemptions_, *own, v1::Redemption::STATE_APPROVED);
    return MoveOf<v1::ApproveRedemptionRequest>(name);
  }
  Then(redemptions_, *own, v1::Redemption::STATE_FULFILLED);
  return MoveOf<v1::FulfilRedemptionRequest>(name);
}

ChampionRequest ChampionWriter::Nomination() {
  std::optional<Own> own = Take(nominations_);
  if (!own.has_value()) {
    const auto [nominator, nominee] = TwoMembers();
    v1::NominateRequest request;
    request.set_parent(kFaultProgram);
    request.set_member(nominator);
    request.set_nominee(nominee);
    request.set_title(FaultName("titles", "chair"));
    Then(nominations_, {"", nominee}, v1::Nomination::STATE_SUBMITTED);
    return request;
  }
  const std::string name = own->name;
  if (own->state == v1::Nomination::STATE_SUBMITTED) {
    Then(nominations_, *own, v1::Nomination::STATE_IN_REVIEW);
    return MoveOf<v1::StartReviewRequest>(name);
  }
  if (own->state == v1::Nomination::STATE_IN_REVIEW) {
    auto request = ReasonedMoveOf<v1::ReviewNominationRequest>(name);
    request.set_verdict(v1::NominationReview::VERDICT_ACCEPT);
    // With a review it may be decided.
    Then(nominations_, *own, v1::Nomination::STATE_ACCEPTED);
    return request;
  }
  auto request = ReasonedMoveOf<v1::DecideNominationRequest>(name);
  if (OneIn(3)) {
    request.set_verdict(v1::NominationReview::VERDICT_DECLINE);
  } else {
    request.set_verdict(v1::NominationReview::VERDICT_ACCEPT);
    Then(appointments_, {own->member + "/appointments/", own->member},
         v1::Appointment::STATE_ACTIVE);
  }
  return request;
}

ChampionRequest ChampionWriter::Appointment() {
  const std::optional<Own> own = Take(appointments_);
  if (!own.has_value()) {
    const std::string member = TwoMembers().first;
    v1::CreateAppointmentRequest request;
    request.set_parent(member);
    request.set_title(FaultName("titles", "chair"));
    Then(appointments_, {member + "/appointments/", member}, v1::Appointment::STATE_ACTIVE);
    return request;
  }
  if (OneIn(2)) {
    return MoveOf<v1::ResignAppointmentRequest>(own->name);
  }
  return ReasonedMoveOf<v1::RevokeAppointmentRequest>(own->name);
}

ChampionRequest ChampionWriter::Contribution() {
  const std::optional<Own> own = Take(contributions_);
  if (!own.has_value()) {
    return Submit();
  }
  if (own->state == v1::Contribution::STATE_SUBMITTED) {
    if (OneIn(6)) {
      auto request = MoveOf<v1::WithdrawContributionRequest>(own->name);
      request.set_member(own->member);
      return request;
    }
    Then(contributions_, *own, v1::Contribution::STATE_IN_REVIEW);
    return MoveOf<v1::StartContributionReviewRequest>(own->name);
  }
  if (OneIn(6)) {
    return ReasonedMoveOf<v1::RejectContributionRequest>(own->name);
  }
  return MoveOf<v1::AcceptContributionRequest>(own->name);
}

ChampionRequest ChampionWriter::Submit() {
  const int first = static_cast<int>(Random(0, kFaultMembers - 1));
  const std::int64_t authors = 1 + Random(0, kCoAuthorsMax);
  v1::SubmitContributionRequest request;
  request.set_parent(FaultMember(first));
  v1::Contribution& contribution = *request.mutable_contribution();
  contribution.set_kind(FaultName("contributionKinds", "talk"));
  contribution.set_title("A talk");
  contribution.set_link(absl::StrCat("https://talks.example/", Random(1, kLinks)));
  contribution.set_date(
      absl::FormatTime("%Y-%m-%d", absl::Now() - absl::Hours(24), absl::UTCTimeZone()));
  for (int i = 0; i < authors; ++i) {
    contribution.add_authors()->set_member(FaultMember((first + i) % kFaultMembers));
  }
  Then(contributions_, {FaultName("contributions", ""), request.parent()},
       v1::Contribution::STATE_SUBMITTED);
  return request;
}

ChampionRequest ChampionWriter::Badge() {
  if (const std::optional<Own> own = Take(badges_); own.has_value()) {
    return ReasonedMoveOf<v1::RevokeBadgeRequest>(own->name);
  }
  const std::string member = TwoMembers().first;
  const std::string name = absl::StrCat(member, "/badgeGrants/", kStaffBadge);
  Then(badges_, {name, member}, v1::BadgeGrant::STATE_GRANTED_BY_STAFF);
  return ReasonedMoveOf<v1::GrantBadgeRequest>(name);
}

ChampionRequest ChampionWriter::Tier() {
  if (const std::optional<Own> own = Take(tiers_); own.has_value()) {
    return MoveOf<v1::UnlockTierStandingRequest>(own->name);
  }
  const std::string member = TwoMembers().first;
  const std::string name = absl::StrCat(member, "/tierStandings/", kStaffScheme);
  auto request = ReasonedMoveOf<v1::LockTierStandingRequest>(name);
  request.set_level(kTierLevel);
  Then(tiers_, {name, member}, 0);
  return request;
}

ChampionRequest ChampionWriter::Credential() {
  if (const std::optional<Own> own = Take(credentials_); own.has_value()) {
    return MoveOf<v1::RevokeCredentialRequest>(own->name);
  }
  // Of somebody who has a title, if possible.
  const std::string member =
      appointments_.empty() ? TwoMembers().first : appointments_.back().member;
  v1::IssueCredentialRequest request;
  request.set_parent(member);
  Then(credentials_, {member + "/credentials/", member}, v1::Credential::STATE_VALID);
  return request;
}

std::optional<ChampionWriter::Own> ChampionWriter::Take(Queue& queue) {
  if (queue.empty() || OneIn(4)) {
    return std::nullopt;
  }
  Own own = queue.front();
  queue.pop_front();
  return own;
}

void ChampionWriter::Then(Queue& queue, Own own, int state) {
  then_in_ = &queue;
  then_ = std::move(own);
  then_.state = state;
}

std::pair<std::string, std::string> ChampionWriter::TwoMembers() {
  const int one = static_cast<int>(Random(0, kFaultMembers - 1));
  const int other = static_cast<int>((one + Random(1, kFaultMembers - 1)) % kFaultMembers);
  return {FaultMember(one), FaultMember(other)};
}

std::int64_t ChampionWriter::Random(std::int64_t least, std::int64_t most) {
  return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
}

}  // namespace perigee::tests
