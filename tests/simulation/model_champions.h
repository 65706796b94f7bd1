#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/champions.h"
#include "tests/simulation/model_books.h"
#include "tests/simulation/operation.h"

namespace perigee::simulation {

// What champions' rules look at in a member.
struct Person {
  bool there = false;
  bool suspended = false;
  bool opt_out = false;
};
using People = std::array<Person, kMembers>;

// The values of all states are those of the journal.
enum class NominationState : std::uint8_t {
  kDraft = 1,
  kSubmitted,
  kInReview,
  kAccepted,
  kDeclined,
  kWithdrawn,
  kExpired
};
struct ModelNomination {
  int nominee = kNobody;
  int title = 0;
  NominationState state = NominationState::kSubmitted;  // Whatever the time is.
  Micros expire = 0;
  std::vector<int> nominators;                // kNobody is staff.
  std::vector<std::pair<int, int>> verdicts;  // The reviewer and the verdict.
};

enum class AppointmentState : std::uint8_t {
  kScheduled = 1,
  kActive,
  kRenewalDue,
  kSuspended,
  kRenewed,
  kLapsed,
  kAlumni,
  kRevoked
};
struct ModelAppointment {
  int member = kNobody;
  int title = 0;
  Micros start = 0;
  Micros end = 0;
  Micros renewal = 0;  // From then on until `lapse` it may be renewed.
  Micros lapse = 0;
  std::int64_t renewed_by = 0;
  bool suspended = false;
  std::optional<Micros> revoked;
  std::optional<Micros> resigned;
  std::optional<Micros> due;
};

enum class AskState : std::uint8_t {
  kProposed = 1,
  kReserved,
  kSent,
  kAccepted,
  kDeclined,
  kExpired,
  kDone,
  kThanked,
  kCancelled
};
struct ModelAsk {
  int member = kNobody;
  AskState state = AskState::kProposed;  // Whatever the time is.
  Micros expire = 0;
  std::optional<Micros> reserved;
  std::optional<Micros> sent;
};
struct AskTerms {
  std::optional<int> limit;
  bool do_not_ask = false;
  bool pauses = false;
  std::optional<Micros> pause_end;
};

struct ModelThanks {
  int giver = kNobody;
  int receiver = kNobody;
  Micros time = 0;
  int earlier = 0;
  bool withdrawn = false;
};

enum class RedemptionState : std::uint8_t {
  kRequested = 1,
  kHeld,
  kApproved,
  kFulfilled,
  kRejected,
  kCancelled,
  kReturned,
  kExpired
};
struct ModelRedemption {
  int member = kNobody;
  int reward = 0;
  RedemptionState state = RedemptionState::kHeld;  // Whatever the time is.
  bool needs_approval = false;
  bool four_eyes = false;
  int approver = kNobody;
  Micros expire = 0;
  TransferName hold;
  TransferName capture;
};

enum class ContributionState : std::uint8_t {
  kSubmitted = 1,
  kInReview,
  kChangesAsked,
  kAccepted,
  kRejected,
  kWithdrawn
};
struct ModelShare {
  int member = kNobody;
  std::int64_t weight = 1;
  std::int64_t share = 0;
  bool declined = false;
  std::int64_t activity = 0;  // The revision that recorded it.
};
struct ModelContribution {
  int member = kNobody;
  int kind = 0;
  ContributionState state = ContributionState::kSubmitted;
  std::int64_t day = 0;
  int link = 0;
  std::int64_t credit = 0;
  Micros decided = 0;
  std::optional<Micros> due;  // While shares wait to be recorded: a microsecond earlier for each.
  std::vector<ModelShare> authors;
};

// What an operation does. If it is refused, the model may be half changed, so the caller throws
// this copy away.
struct ChampionOutcome {
  std::optional<Reason> refusal;
  bool changed = true;
  std::set<int> names;            // Who own the records that it changes.
  std::optional<Event> activity;  // That it records, with its time.
};

// The machines of champions as the documents describe them. Facts are kept, and every state, seat
// and budget is counted from them when it is asked for.
class ModelChampions {
 public:
  ChampionOutcome Decide(const Operation& operation, const People& people, ModelBooks::Unit& unit,
                         ModelBooks& books);
  // Ends what an erased member has open.
  void Erase(int member, Micros now);

  // What time alone does. False if it was not due.
  bool SettleAppointments(const std::set<std::int64_t>& ids, Micros now);
  bool SettleRedemptions(const std::set<std::int64_t>& ids, Micros now);
  bool Credit(std::int64_t id, const People& people, const ModelBooks::Unit& unit,
              ChampionOutcome& outcome);
  bool AnythingDue(Micros now) const;
  // The instants after `now` at which time changes something.
  std::vector<Micros> Instants(Micros now) const;

  // A hold of a redemption, or its capture.
  bool IsOfRedemption(const Move& move) const;
  // The titles on the member's record.
  std::set<std::string> TitlesOf(int member) const;
  int AskPlaces(int member, Micros now) const;
  int AskLimit(int member) const;
  int ThanksUsed(int member, Micros now) const;
  // One line for each thing, for comparison with the store.
  std::vector<std::string> Lines(const People& people, Micros now) const;

  const std::map<std::int64_t, ModelNomination>& nominations() const { return nominations_; }
  const std::map<std::int64_t, ModelAppointment>& appointments() const { return appointments_; }
  const std::map<std::int64_t, ModelAsk>& asks() const { return asks_; }
  const std::map<std::int64_t, ModelThanks>& thanks() const { return thanks_; }
  const std::map<std::int64_t, ModelRedemption>& redemptions() const { return redemptions_; }
  const std::map<std::int64_t, ModelContribution>& contributions() const { return contributions_; }

 private:
  // One operation and what it looks at.
  struct Turn {
    const Operation& operation;
    const ChampionOrder& order;
    const People& people;
    ModelBooks::Unit& unit;
    ModelBooks& books;
    ChampionOutcome& outcome;
    bool IsThere(int member) const { return people[static_cast<std::size_t>(member)].there; }
    bool IsSuspended(int member) const {
      return people[static_cast<std::size_t>(member)].suspended;
    }
    // A judge who is somebody must be there.
    bool HasJudge() const { return order.other == kNobody || IsThere(order.other); }
  };
  using Refusal = std::optional<Reason>;

  Refusal DecideTurn(Turn& turn);
  Refusal SetTerms(const Turn& turn);
  // Titles, in model_titles.cpp.
  Refusal Nominate(Turn& turn);
  Refusal JudgeNomination(Turn& turn);
  Refusal WithdrawNomination(Turn& turn, ModelNomination& nomination);
  Refusal DecideNomination(Turn& turn, ModelNomination& nomination);
  Refusal Appoint(Turn& turn, int member, int title);
  Refusal MoveAppointment(Turn& turn);
  Refusal NewAppointment(Turn& turn, ModelAppointment appointment);
  void CopyTitles(int member, Micros now);
  // Asks and thanks, in model_asks.cpp.
  Refusal ProposeAsk(Turn& turn);
  Refusal MoveAsk(Turn& turn);
  Refusal SetAskTerms(Turn& turn);
  Refusal CheckWilling(const Turn& turn, int member, bool sends) const;
  Refusal Thank(Turn& turn);
  Refusal WithdrawThanks(Turn& turn);
  // Rewards and contributions, in model_rewards.cpp.
  Refusal Redeem(Turn& turn);
  Refusal MoveRedemption(Turn& turn);
  Refusal Contribute(Turn& turn);
  Refusal MoveContribution(Turn& turn);
  Refusal CheckAuthors(const Turn& turn) const;
  Refusal CheckStated(const Turn& turn, std::int64_t id) const;
  Refusal Revise(Turn& turn, ModelContribution& contribution);
  void Accept(Turn& turn, ModelContribution& contribution);
  // Records the first share that waits.
  static void RecordShare(ModelContribution& contribution, const People& people,
                          std::int64_t revision, ChampionOutcome& outcome);

  std::array<TitleSpec, std::size(kTitles)> titles_;
  std::array<RewardSpec, std::size(kRewards)> rewards_;
  std::array<KindSpec, std::size(kKinds)> kinds_;
  LimitSpec limits_;
  // All by the revision that made them.
  std::map<std::int64_t, ModelNomination> nominations_;
  std::map<std::int64_t, ModelAppointment> appointments_;
  std::map<std::int64_t, ModelAsk> asks_;
  std::map<std::int64_t, ModelThanks> thanks_;
  std::map<std::int64_t, ModelRedemption> redemptions_;
  std::map<std::int64_t, ModelContribution> contributions_;
  std::map<int, AskTerms> ask_terms_;
  std::map<int, std::set<std::string>> copied_titles_;
};

// The states at `now`.
NominationState StateAt(const ModelNomination& nomination, Micros now);
AppointmentState StateAt(const ModelAppointment& appointment, Micros now);
AskState StateAt(const ModelAsk& ask, Micros now);
RedemptionState StateAt(const ModelRedemption& redemption, Micros now);

}  // namespace perigee::simulation
