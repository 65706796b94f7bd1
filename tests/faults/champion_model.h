#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/faults/books_model.h"
#include "tests/faults/plain_sql.h"
#include "tests/faults/writes.h"

namespace perigee::tests {

// The right content of the machines of champions, computed from acknowledged writes as BooksModel
// computes the books. What a move does to capital is given to the books as the transfer or the
// activity that it stands for.
class ChampionModel {
 public:
  // What moves through states.
  enum class Machine {
    kAsk,
    kThanks,
    kRedemption,
    kNomination,
    kAppointment,
    kContribution,
    kCredential
  };
  // An author of a contribution.
  struct Share {
    std::string member;
    std::int64_t share = 0;
    std::int64_t activity = 0;  // The revision at which it was credited. 0: it was not.
  };

  explicit ChampionModel(BooksModel& books) : books_(books) {}

  // Writes must come in the order of their revisions.
  void Apply(const Write& write);
  // The server credited a share by itself. False if nobody waits for this credit.
  bool Credit(std::int64_t contribution, std::size_t author, std::int64_t activity);

  // `ID|MEMBER|OF|STATE|REVISION`, and what a machine has besides; see Thing.
  SqlRows Rows(Machine machine) const;
  // `ID|NOMINATION|NOMINEE|NOMINATOR` and `ID|NOMINATION|NOMINEE|VERDICT`.
  const SqlRows& voices() const { return voices_; }
  const SqlRows& reviews() const { return reviews_; }
  // The authors of contributions by id, in order.
  const std::map<std::int64_t, std::vector<Share>>& shares() const { return shares_; }
  // The revisions after `after` at which thanks were given. Each is the activity's too.
  std::vector<std::int64_t> ThanksAfter(std::int64_t after) const;
  // `MEMBER|BADGE` for everybody who has earned one.
  SqlRows EarnedBadges() const;
  // `MEMBER|SCHEME` for everybody who has the reputation for one, and for everybody who ever had
  // it.
  SqlRows EarnedTiers() const;
  SqlRows TiersOnceEarned() const;
  // What staff gave: `MEMBER|STATE|REVISION|REGRANTS` of kStaffBadge, and `MEMBER|LOCKED|REVISION`
  // of kStaffScheme.
  SqlRows StaffBadges() const;
  SqlRows StaffTiers() const;

 private:
  // Anything with a state. Its id is the revision that made it.
  struct Thing {
    std::string member;
    // The team of an ask, the receiver of thanks, the reward, the title, the contribution's kind,
    // or whether a credential has the name.
    std::string of;
    int state = 0;  // As its proto has it.
    std::int64_t revision = 0;
    // Of redemptions: the transfers `hold`, `capture`, `voiding` and `reversal`. Of appointments:
    // the nomination.
    std::vector<std::string> more = {};
  };
  using Things = std::map<std::int64_t, Thing>;
  // Of a member, by staff.
  struct StaffBadge {
    int state = 0;  // As its proto has it.
    std::int64_t revision = 0;
    int regrants = 0;
  };
  struct StaffTier {
    bool locked = false;
    std::int64_t revision = 0;
  };

  void Make(const v1::ProposeAskRequest& request);
  void Make(const v1::ReserveAskRequest& request);
  void Make(const v1::SendAskRequest& request);
  void Make(const v1::AcceptAskRequest& request);
  void Make(const v1::DeclineAskRequest& request);
  void Make(const v1::CompleteAskRequest& request);
  void Make(const v1::ThankForAskRequest& request);
  void Make(const v1::CancelAskRequest& request);
  void Make(const v1::GiveThanksRequest& request);
  void Make(const v1::WithdrawThanksRequest& request);
  void Make(const v1::RedeemRequest& request);
  void Make(const v1::ApproveRedemptionRequest& request);
  void Make(const v1::FulfilRedemptionRequest& request);
  void Make(const v1::RejectRedemptionRequest& request);
  void Make(const v1::CancelRedemptionRequest& request);
  void Make(const v1::ReturnRedemptionRequest& request);
  void Make(const v1::NominateRequest& request);
  void Make(const v1::StartReviewRequest& request);
  void Make(const v1::ReviewNominationRequest& request);
  void Make(const v1::DecideNominationRequest& request);
  void Make(const v1::CreateAppointmentRequest& request);
  void Make(const v1::RevokeAppointmentRequest& request);
  void Make(const v1::ResignAppointmentRequest& request);
  void Make(const v1::SubmitContributionRequest& request);
  void Make(const v1::StartContributionReviewRequest& request);
  void Make(const v1::AcceptContributionRequest& request);
  void Make(const v1::RejectContributionRequest& request);
  void Make(const v1::WithdrawContributionRequest& request);
  void Make(const v1::GrantBadgeRequest& request);
  void Make(const v1::RevokeBadgeRequest& request);
  void Make(const v1::LockTierStandingRequest& request);
  void Make(const v1::UnlockTierStandingRequest& request);
  void Make(const v1::IssueCredentialRequest& request);
  void Make(const v1::RevokeCredentialRequest& request);

  // Makes a thing at the present revision.
  void Add(Machine machine, const std::string& member, const std::string& of, int state,
           std::vector<std::string> more = {});
  // Moves the thing with that resource name.
  Thing& Move(Machine machine, const std::string& name, int state);
  // The transfer that the present write makes.
  std::string OwnTransfer() const;
  // Those of whom that is enough.
  SqlRows TiersBy(std::int64_t BooksModel::Totals::*reputation) const;
  void Free(Thing& redemption);

  BooksModel& books_;
  std::map<Machine, Things> things_;
  SqlRows voices_;
  SqlRows reviews_;
  std::map<std::int64_t, std::vector<Share>> shares_;
  std::map<std::string, std::int64_t> answers_;  // The quantity of all answers, by actor.
  std::map<std::string, StaffBadge> staff_badges_;
  std::map<std::string, StaffTier> staff_tiers_;
  std::int64_t revision_ = 0;  // Of the applied write.
};

}  // namespace perigee::tests
