#include "tests/faults/champion_model.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/faults/programme.h"

namespace perigee::tests {
namespace {

enum RedemptionTransfer : std::size_t { kHold, kCapture, kVoiding, kReversal, kTransfers };

std::string LastPart(const std::string& name) { return name.substr(name.rfind('/') + 1); }

// `m07` of `programs/fault/members/m07/badgeGrants/star`.
std::string MemberIn(const std::string& name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  return parts.at(3);
}

std::int64_t IdOf(const std::string& name) {
  std::int64_t id = 0;
  return absl::SimpleAtoi(LastPart(name), &id) ? id : 0;
}

v1::RecordActivityRequest Activity(const std::string& type, const std::string& actor,
                                   const std::string& recipient, std::int64_t quantity) {
  v1::RecordActivityRequest request;
  v1::Activity& activity = *request.mutable_activity();
  activity.set_type(type);
  activity.set_actor(actor);
  activity.set_recipient(recipient);
  activity.set_quantity(quantity);
  return request;
}

}  // namespace

void ChampionModel::Apply(const Write& write) {
  revision_ = write.answer.revision;
  if (const auto* const champion = std::get_if<ChampionRequest>(&write.request)) {
    std::visit([this](const auto& request) { Make(request); }, *champion);
    return;
  }
  const auto& books = std::get<BooksRequest>(write.request);
  const auto* const record = std::get_if<v1::RecordActivityRequest>(&books);
  if (record != nullptr && record->activity().type() == "answer") {
    answers_[LastPart(record->activity().actor())] += record->activity().quantity();
  }
}

void ChampionModel::Make(const v1::ProposeAskRequest& request) {
  Add(Machine::kAsk, request.parent(), request.team(), request.up_to());
}
void ChampionModel::Make(const v1::ReserveAskRequest& request) {
  Move(Machine::kAsk, request.name(), v1::Ask::STATE_RESERVED);
}
void ChampionModel::Make(const v1::SendAskRequest& request) {
  Move(Machine::kAsk, request.name(), v1::Ask::STATE_SENT);
}
void ChampionModel::Make(const v1::AcceptAskRequest& request) {
  Move(Machine::kAsk, request.name(), v1::Ask::STATE_ACCEPTED);
}
void ChampionModel::Make(const v1::DeclineAskRequest& request) {
  Move(Machine::kAsk, request.name(), v1::Ask::STATE_DECLINED);
}
void ChampionModel::Make(const v1::CompleteAskRequest& request) {
  Move(Machine::kAsk, request.name(), v1::Ask::STATE_DONE);
}
void ChampionModel::Make(const v1::ThankForAskRequest& request) {
  Move(Machine::kAsk, request.name(), v1::Ask::STATE_THANKED);
}
void ChampionModel::Make(const v1::CancelAskRequest& request) {
  Move(Machine::kAsk, request.name(), v1::Ask::STATE_CANCELLED);
}

void ChampionModel::Make(const v1::GiveThanksRequest& request) {
  Add(Machine::kThanks, request.parent(), LastPart(request.receiver()), v1::Thanks::STATE_GIVEN);
  books_.Apply(revision_, Activity("thanks", request.parent(), request.receiver(), 1));
}
void ChampionModel::Make(const v1::WithdrawThanksRequest& request) {
  Move(Machine::kThanks, request.name(), v1::Thanks::STATE_WITHDRAWN);
  v1::ReverseTransferRequest reverse;
  reverse.set_name(FaultTransfer(LastPart(request.name()) + "-0"));
  reverse.set_amount(kThanksGrant);
  books_.Apply(revision_, reverse);
}

void ChampionModel::Make(const v1::RedeemRequest& request) {
  std::vector<std::string> transfers(kTransfers);
  transfers[kHold] = OwnTransfer();
  Add(Machine::kRedemption, request.parent(), LastPart(request.reward()),
      v1::Redemption::STATE_HELD, std::move(transfers));
  v1::PostTransfersRequest hold;
  v1::Transfer& leg = *hold.add_transfers();
  leg.set_debit_account(request.parent() + "/accounts/points");
  leg.set_credit_account(FaultOwnAccount("points", "spent"));
  leg.set_amount(kPrice);
  leg.mutable_expire_time();
  books_.Apply(revision_, hold);
}
void ChampionModel::Make(const v1::ApproveRedemptionRequest& request) {
  Move(Machine::kRedemption, request.name(), v1::Redemption::STATE_APPROVED);
}
void ChampionModel::Make(const v1::FulfilRedemptionRequest& request) {
  Thing& redemption = Move(Machine::kRedemption, request.name(), v1::Redemption::STATE_FULFILLED);
  redemption.more[kCapture] = OwnTransfer();
  v1::CaptureTransferRequest capture;
  capture.set_name(FaultTransfer(redemption.more[kHold]));
  books_.Apply(revision_, capture);
}
void ChampionModel::Make(const v1::RejectRedemptionRequest& request) {
  Free(Move(Machine::kRedemption, request.name(), v1::Redemption::STATE_REJECTED));
}
void ChampionModel::Make(const v1::CancelRedemptionRequest& request) {
  Free(Move(Machine::kRedemption, request.name(), v1::Redemption::STATE_CANCELLED));
}
void ChampionModel::Make(const v1::ReturnRedemptionRequest& request) {
  Thing& redemption = Move(Machine::kRedemption, request.name(), v1::Redemption::STATE_RETURNED);
  redemption.more[kReversal] = OwnTransfer();
  v1::ReverseTransferRequest reverse;
  reverse.set_name(FaultTransfer(redemption.more[kCapture]));
  reverse.set_amount(kPrice);
  books_.Apply(revision_, reverse);
}

void ChampionModel::Make(const v1::NominateRequest& request) {
  const std::string nominee = LastPart(request.nominee());
  const std::string title = LastPart(request.title());
  Things& nominations = things_[Machine::kNomination];
  const auto open = std::ranges::find_if(nominations, [&](const auto& one) {
    return one.second.member == nominee && one.second.of == title &&
           one.second.state <= v1::Nomination::STATE_IN_REVIEW;
  });
  std::int64_t nomination = revision_;
  if (open == nominations.end()) {
    Add(Machine::kNomination, request.nominee(), title, v1::Nomination::STATE_SUBMITTED);
  } else {
    nomination = open->first;
    open->second.revision = revision_;
  }
  voices_.push_back(
      absl::StrCat(revision_, "|", nomination, "|", nominee, "|", LastPart(request.member())));
}
void ChampionModel::Make(const v1::StartReviewRequest& request) {
  Move(Machine::kNomination, request.name(), v1::Nomination::STATE_IN_REVIEW);
}
void ChampionModel::Make(const v1::ReviewNominationRequest& request) {
  const Thing& nomination =
      Move(Machine::kNomination, request.name(), v1::Nomination::STATE_IN_REVIEW);
  reviews_.push_back(absl::StrCat(revision_, "|", LastPart(request.name()), "|", nomination.member,
                                  "|", static_cast<int>(request.verdict())));
}
void ChampionModel::Make(const v1::DecideNominationRequest& request) {
  const bool accepted = request.verdict() == v1::NominationReview::VERDICT_ACCEPT;
  const Thing& nomination =
      Move(Machine::kNomination, request.name(),
           accepted ? v1::Nomination::STATE_ACCEPTED : v1::Nomination::STATE_DECLINED);
  if (accepted) {
    Add(Machine::kAppointment, nomination.member, nomination.of, v1::Appointment::STATE_ACTIVE,
        {LastPart(request.name())});
  }
}
void ChampionModel::Make(const v1::CreateAppointmentRequest& request) {
  Add(Machine::kAppointment, request.parent(), LastPart(request.title()),
      v1::Appointment::STATE_ACTIVE, {""});
}
void ChampionModel::Make(const v1::RevokeAppointmentRequest& request) {
  Move(Machine::kAppointment, request.name(), v1::Appointment::STATE_REVOKED);
}
void ChampionModel::Make(const v1::ResignAppointmentRequest& request) {
  Move(Machine::kAppointment, request.name(), v1::Appointment::STATE_ALUMNI);
}

void ChampionModel::Make(const v1::SubmitContributionRequest& request) {
  Add(Machine::kContribution, request.parent(), LastPart(request.contribution().kind()),
      v1::Contribution::STATE_SUBMITTED);
  for (const auto& author : request.contribution().authors()) {
    shares_[revision_].push_back({.member = LastPart(author.member())});
  }
}
void ChampionModel::Make(const v1::StartContributionReviewRequest& request) {
  Move(Machine::kContribution, request.name(), v1::Contribution::STATE_IN_REVIEW);
}
void ChampionModel::Make(const v1::AcceptContributionRequest& request) {
  Move(Machine::kContribution, request.name(), v1::Contribution::STATE_ACCEPTED);
  std::vector<Share>& authors = shares_.at(IdOf(request.name()));
  const auto count = static_cast<std::int64_t>(authors.size());
  // All have the same weight, so the rest goes to those who are named first.
  for (std::int64_t i = 0; i < count; ++i) {
    authors[static_cast<std::size_t>(i)].share =
        kTalkCredit / count + (i < kTalkCredit % count ? 1 : 0);
  }
  Credit(IdOf(request.name()), 0, revision_);
}
void ChampionModel::Make(const v1::RejectContributionRequest& request) {
  Move(Machine::kContribution, request.name(), v1::Contribution::STATE_REJECTED);
}
void ChampionModel::Make(const v1::WithdrawContributionRequest& request) {
  Move(Machine::kContribution, request.name(), v1::Contribution::STATE_WITHDRAWN);
}

void ChampionModel::Make(const v1::GrantBadgeRequest& request) {
  const auto [badge, first] = staff_badges_.try_emplace(MemberIn(request.name()));
  badge->second.state = v1::BadgeGrant::STATE_GRANTED_BY_STAFF;
  badge->second.revision = revision_;
  badge->second.regrants += first ? 0 : 1;
}
void ChampionModel::Make(const v1::RevokeBadgeRequest& request) {
  StaffBadge& badge = staff_badges_.at(MemberIn(request.name()));
  badge.state = v1::BadgeGrant::STATE_REVOKED_BY_STAFF;
  badge.revision = revision_;
}
void ChampionModel::Make(const v1::LockTierStandingRequest& request) {
  staff_tiers_[MemberIn(request.name())] = {true, revision_};
}
void ChampionModel::Make(const v1::UnlockTierStandingRequest& request) {
  staff_tiers_[MemberIn(request.name())] = {false, revision_};
}
void ChampionModel::Make(const v1::IssueCredentialRequest& request) {
  Add(Machine::kCredential, request.parent(), request.include_name() ? "1" : "0",
      v1::Credential::STATE_VALID);
}
void ChampionModel::Make(const v1::RevokeCredentialRequest& request) {
  Move(Machine::kCredential, request.name(), v1::Credential::STATE_REVOKED);
}

bool ChampionModel::Credit(std::int64_t contribution, std::size_t author, std::int64_t activity) {
  const auto authors = shares_.find(contribution);
  if (authors == shares_.end() || authors->second.size() <= author) {
    return false;
  }
  Share& share = authors->second[author];
  if (share.share == 0 || share.activity != 0) {
    return false;
  }
  share.activity = activity;
  things_[Machine::kContribution].at(contribution).revision = activity;
  books_.Apply(activity, Activity("talk", share.member, "", share.share));
  return true;
}

void ChampionModel::Add(Machine machine, const std::string& member, const std::string& of,
                        int state, std::vector<std::string> more) {
  things_[machine][revision_] = {LastPart(member), of, state, revision_, std::move(more)};
}

ChampionModel::Thing& ChampionModel::Move(Machine machine, const std::string& name, int state) {
  Thing& thing = things_[machine].at(IdOf(name));
  thing.state = state;
  thing.revision = revision_;
  return thing;
}

std::string ChampionModel::OwnTransfer() const { return absl::StrCat(revision_, "-0"); }

void ChampionModel::Free(Thing& redemption) {
  redemption.more[kVoiding] = OwnTransfer();
  v1::VoidTransferRequest free;
  free.set_name(FaultTransfer(redemption.more[kHold]));
  books_.Apply(revision_, free);
}

SqlRows ChampionModel::Rows(Machine machine) const {
  SqlRows rows;
  const auto things = things_.find(machine);
  if (things == things_.end()) {
    return rows;
  }
  for (const auto& [id, thing] : things->second) {
    std::string& row = rows.emplace_back(
        absl::StrJoin(std::tuple(id, thing.member, thing.of, thing.state, thing.revision), "|"));
    for (const std::string& more : thing.more) {
      absl::StrAppend(&row, "|", more);
    }
  }
  return rows;
}

std::vector<std::int64_t> ChampionModel::ThanksAfter(std::int64_t after) const {
  std::vector<std::int64_t> given;
  if (const auto thanks = things_.find(Machine::kThanks); thanks != things_.end()) {
    for (auto one = thanks->second.upper_bound(after); one != thanks->second.end(); ++one) {
      given.push_back(one->first);
    }
  }
  return given;
}

SqlRows ChampionModel::EarnedBadges() const {
  SqlRows earned;
  for (const auto& [member, answers] : answers_) {
    for (const std::int64_t needed : kAnswersForBadges) {
      if (answers >= needed) {
        earned.push_back(absl::StrCat(member, "|", FaultBadgeId(needed)));
      }
    }
  }
  return earned;
}

SqlRows ChampionModel::EarnedTiers() const { return TiersBy(&BooksModel::Totals::balance); }
SqlRows ChampionModel::TiersOnceEarned() const { return TiersBy(&BooksModel::Totals::highest); }

SqlRows ChampionModel::TiersBy(std::int64_t BooksModel::Totals::*reputation) const {
  SqlRows tiers;
  for (const auto& [account, totals] : books_.accounts()) {
    for (const std::int64_t needed : kReputationForTiers) {
      if (account.asset == "reputation" && !account.member.empty() &&
          totals.*reputation >= needed) {
        tiers.push_back(absl::StrCat(account.member, "|", FaultSchemeId(needed)));
      }
    }
  }
  return tiers;
}

SqlRows ChampionModel::StaffBadges() const {
  SqlRows rows;
  for (const auto& [member, badge] : staff_badges_) {
    rows.push_back(
        absl::StrJoin(std::tuple(member, badge.state, badge.revision, badge.regrants), "|"));
  }
  return rows;
}
SqlRows ChampionModel::StaffTiers() const {
  SqlRows rows;
  for (const auto& [member, tier] : staff_tiers_) {
    rows.push_back(absl::StrJoin(std::tuple(member, tier.locked ? 1 : 0, tier.revision), "|"));
  }
  return rows;
}

}  // namespace perigee::tests
