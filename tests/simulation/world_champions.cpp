// Operations on the machines of champions, and what time does to them.

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/status_macros.h"
#include "server/domain/badge/badge.h"
#include "server/domain/badge/badge_grant.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/champion/contribution.h"
#include "server/domain/reward/redemption.h"
#include "server/domain/tier/tier_scheme.h"
#include "server/domain/tier/tier_standing.h"
#include "server/ports/journal/journal_reader.h"
#include "tests/simulation/calendar.h"
#include "tests/simulation/decisions.h"
#include "tests/simulation/decisions_champions.h"
#include "tests/simulation/world.h"

namespace perigee::simulation {
namespace {

int PersonOrNobody(int n) { return n % 5 == 4 ? kNobody : PersonFor(n / 5); }

// One of the newest things, and its member; nothing if there is none.
template <class T>
const std::pair<const std::int64_t, T>* Newest(const std::map<std::int64_t, T>& all,
                                               std::uint16_t n) {
  constexpr std::size_t kMost = 6;
  if (all.empty()) {
    return nullptr;
  }
  auto found = all.rbegin();
  std::advance(found, n % std::min(kMost, all.size()));
  return &*found;
}

// Mostly a move that is open, so that things get on; else any of the machine.
template <std::size_t kMany>
Deed DeedOf(std::uint16_t n, Deed next, const Deed (&all)[kMany]) {
  return n % 4 != 0 && next != Deed::kNone ? next : all[n / 4 % kMany];
}

Deed NextOf(NominationState state, std::uint16_t n) {
  return state == NominationState::kSubmitted  ? Deed::kStartReview
         : state != NominationState::kInReview ? Deed::kNone
         : n % 2 == 0                          ? Deed::kReview
                                               : Deed::kDecide;
}
Deed NextOf(AskState state, std::uint16_t n) {
  switch (state) {
    case AskState::kProposed:
      return Deed::kReserve;
    case AskState::kReserved:
      return n % 4 == 0 ? Deed::kCancel : Deed::kSend;
    case AskState::kSent:
      return n % 3 == 0 ? Deed::kDecline : Deed::kAccept;
    case AskState::kAccepted:
      return Deed::kComplete;
    case AskState::kDone:
      return Deed::kThank;
    default:
      return Deed::kNone;
  }
}
Deed NextOf(RedemptionState state, std::uint16_t n) {
  switch (state) {
    case RedemptionState::kHeld:
      return n % 3 == 0 ? Deed::kFulfil : n % 7 == 1 ? Deed::kCancel : Deed::kApprove;
    case RedemptionState::kApproved:
      return n % 4 == 0 ? Deed::kReject : Deed::kFulfil;
    case RedemptionState::kFulfilled:
      return n % 3 == 0 ? Deed::kReturn : Deed::kNone;
    default:
      return Deed::kNone;
  }
}
Deed NextOf(ContributionState state, std::uint16_t n) {
  switch (state) {
    case ContributionState::kSubmitted:
      return n % 6 == 0 ? Deed::kDecline : Deed::kStartReview;
    case ContributionState::kInReview:
      return n % 4 == 0 ? Deed::kAskForChanges : n % 5 == 1 ? Deed::kReject : Deed::kAccept;
    case ContributionState::kChangesAsked:
      return Deed::kRevise;
    default:
      return Deed::kNone;
  }
}

// A change of badges or tiers.
bool IsOfRules(const domain::RecordChanges& records) {
  return !records.All<domain::Badge>().empty() || !records.All<domain::BadgeGrant>().empty() ||
         !records.All<domain::TierScheme>().empty() || !records.All<domain::TierStanding>().empty();
}

// When a term or a pause begins or ends, in most cases later than now.
Micros TimeFrom(Micros now, std::uint16_t n) { return now + (n % 60 - 4) * 6 * kHour; }

void SetTerms(const Step& step, ChampionOrder& order) {
  const int a = step.n[2];
  const int b = step.n[3];
  const int c = step.n[4];
  order.terms = step.n[1] % 4;
  constexpr int kPlaces[] = {std::size(kTitles), std::size(kRewards), std::size(kKinds), 1};
  order.place = a % kPlaces[order.terms];
  order.title = {b % 4 == 3 ? 0 : 1 + b % 2, b / 4 % 3, c % 3 * 10, c / 3 % 8 == 7};
  order.reward.price = 1 + b % 6;
  if (c % 4 != 3) {
    order.reward.stock = c % 4;
  }
  order.reward.needs_approval = b / 6 % 2 == 0;
  order.reward.four_eyes = order.reward.needs_approval && b / 12 % 2 == 0;
  order.reward.for_champions = b / 24 % 4 == 3;
  order.reward.hold_days = 1 + c / 4 % 4;
  order.reward.retired = c / 16 % 8 == 7;
  order.kind = {1 + b % 20, c % 3 == 0, c / 3 % 8 == 7};
  order.limits = {b % 4, 1 + b / 4 % 40, 1 + c % 3, c / 3 % 2 == 0};
}

void State(const Step& step, int member, Micros now, ChampionOrder& order) {
  order.authors = {{member, 1 + step.n[3] % 7}};
  for (int i = 0; i < step.n[2] % 3; ++i) {
    order.authors.emplace_back(PersonFor(step.n[2] / 3 + i * 5), 1 + step.n[3] / 7 % 5 + i);
  }
  order.place = step.n[3] % static_cast<int>(std::size(kKinds));
  order.day = DayAt(kProgramZone, now) + 1 - step.n[4] % 12;
  order.link = step.n[4] / 12 % static_cast<int>(std::size(kLinks));
}

}  // namespace

int World::SomebodyFor(int n) const {
  const People people = model_.Everybody();
  const int person = PersonFor(n);
  const auto there = std::ranges::find(people, true, &Person::there);
  const bool is_there = people[static_cast<std::size_t>(person)].there;
  return is_there || there == people.end() || n % 6 == 5 ? person
                                                         : static_cast<int>(there - people.begin());
}

Operation World::ComposeNewThing(const Step& step) const {
  Operation operation;
  operation.action = step.action;
  operation.member = SomebodyFor(step.n[1]);
  ChampionOrder& order = operation.champion;
  order.place = step.n[3] % static_cast<int>(std::size(kTitles));
  switch (step.action) {
    case Action::kSetTerms:
      operation.member = kNobody;
      SetTerms(step, order);
      break;
    case Action::kNominate:
      order.other = PersonOrNobody(step.n[2]);
      break;
    case Action::kAppoint:
      order.time = step.n[4] % 3 == 0 ? TimeFrom(Now(), step.n[2]) : 0;
      break;
    case Action::kProposeAsk:
      order.level = step.n[2] % 3;
      break;
    case Action::kSetAskTerms:
      order.pauses = step.n[2] % 3 == 2;
      order.time = order.pauses && step.n[3] % 2 == 0 ? TimeFrom(Now(), step.n[4]) : 0;
      if (!order.pauses && step.n[3] % 2 == 0) {
        order.limit = step.n[4] % 3;
      }
      order.do_not_ask = !order.pauses && step.n[3] % 5 == 1;
      break;
    case Action::kThank:
      order.other = PersonOrNobody(step.n[2]);
      if (step.n[1] % 7 == 6 && order.other != kNobody) {
        operation.member = kNobody;  // The brand thanks.
      }
      break;
    case Action::kRedeem:
      order.place = step.n[3] % static_cast<int>(std::size(kRewards));
      break;
    default:
      State(step, operation.member, Now(), order);
      break;
  }
  return operation;
}

std::optional<Operation> World::ComposeMove(const Step& step) const {
  const ModelChampions& champions = model_.champions();
  const Micros now = std::max(Now(), model_.last_time());
  Operation operation;
  operation.action = step.action;
  ChampionOrder& order = operation.champion;
  const auto aim = [&](const auto* found, int member) {
    order.target = found->first;
    // Mostly its own member.
    operation.member = step.n[4] % 16 == 15 ? PersonFor(step.n[4] / 16) : member;
  };
  if (step.action == Action::kJudgeNomination) {
    constexpr Deed kAll[] = {Deed::kStartReview, Deed::kReview, Deed::kDecide, Deed::kWithdraw};
    if (const auto* found = Newest(champions.nominations(), step.n[1])) {
      aim(found, found->second.nominee);
      order.deed = DeedOf(step.n[2], NextOf(StateAt(found->second, now), step.n[3]), kAll);
      order.other = PersonOrNobody(step.n[3] / 2);
      order.verdict = step.n[4] % 5 < 3 ? 1 : step.n[4] % 5 - 1;
      order.time = order.deed == Deed::kDecide && step.n[4] % 7 == 0 ? TimeFrom(now, step.n[4]) : 0;
    }
  } else if (step.action == Action::kMoveAppointment) {
    constexpr Deed kAll[] = {Deed::kRenew, Deed::kSuspend, Deed::kReinstate, Deed::kRevoke,
                             Deed::kResign};
    if (const auto* found = Newest(champions.appointments(), step.n[1])) {
      aim(found, found->second.member);
      const AppointmentState state = StateAt(found->second, now);
      const Deed next =
          state == AppointmentState::kSuspended ? Deed::kReinstate
          : state == AppointmentState::kRenewalDue || state == AppointmentState::kLapsed
              ? Deed::kRenew
              : Deed::kNone;
      order.deed = DeedOf(step.n[2], next, kAll);
    }
  } else if (step.action == Action::kMoveAsk) {
    constexpr Deed kAll[] = {Deed::kReserve,  Deed::kSend,  Deed::kAccept, Deed::kDecline,
                             Deed::kComplete, Deed::kThank, Deed::kCancel};
    if (const auto* found = Newest(champions.asks(), step.n[1])) {
      aim(found, found->second.member);
      order.deed = DeedOf(step.n[2], NextOf(StateAt(found->second, now), step.n[3]), kAll);
    }
  } else if (step.action == Action::kWithdrawThanks) {
    if (const auto* found = Newest(champions.thanks(), step.n[1])) {
      aim(found, found->second.giver == kNobody ? PersonFor(step.n[2]) : found->second.giver);
    }
  } else if (step.action == Action::kMoveRedemption) {
    constexpr Deed kAll[] = {Deed::kApprove, Deed::kFulfil, Deed::kReject, Deed::kCancel,
                             Deed::kReturn};
    if (const auto* found = Newest(champions.redemptions(), step.n[1])) {
      aim(found, found->second.member);
      order.deed = DeedOf(step.n[2], NextOf(StateAt(found->second, now), step.n[3]), kAll);
      order.other = PersonOrNobody(step.n[3]);
    }
  } else if (const auto* found = Newest(champions.contributions(), step.n[1])) {
    constexpr Deed kAll[] = {Deed::kStartReview, Deed::kAskForChanges, Deed::kAccept, Deed::kReject,
                             Deed::kRevise,      Deed::kWithdraw,      Deed::kDecline};
    aim(found, found->second.member);
    order.deed = DeedOf(step.n[2], NextOf(found->second.state, step.n[3]), kAll);
    const bool of_member = order.deed == Deed::kRevise || order.deed == Deed::kWithdraw;
    order.other = of_member ? operation.member : PersonOrNobody(step.n[3] / 2);
    if (order.deed == Deed::kRevise) {
      State(step, operation.member, now, order);
    }
  }
  return order.target == 0 ? std::nullopt : std::optional(operation);
}

void World::JudgeTime() {
  std::vector<domain::JournalEntry> entries;
  const absl::Status read = Observe([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(entries, reader.journal().Read(kProgram, model_.head(), 100'000));
    return absl::OkStatus();
  });
  if (!read.ok()) {
    Fail("the journal can be read", read.ToString());
  }
  for (const domain::JournalEntry& entry : entries) {
    if (!report_.failure) {
      JudgeEntryOfTime(entry);
    }
  }
}

void World::JudgeEntryOfTime(const domain::JournalEntry& entry) {
  const domain::RecordChanges& records = entry.changes.records;
  std::set<std::int64_t> ids;
  const auto note = [&](const auto& all) {
    for (const auto* one : all) {
      ids.insert(std::stoll(one->id));
    }
    return !ids.empty();
  };
  Verdict verdict;
  bool in_order = true;
  if (entry.by.kind != domain::PrincipalKind::kJob) {
    verdict.refusal = Reason::kConflict;
  } else if (note(records.All<domain::Contribution>())) {
    verdict = model_.Credit(*ids.begin(), Now());
  } else if (note(records.All<domain::Redemption>())) {
    verdict = model_.SettleRedemptions(ids, Now());
  } else if (note(records.All<domain::Appointment>())) {
    verdict = model_.SettleAppointments(ids, Now());
  } else if (IsOfRules(records)) {
    verdict = JudgeRecognition(entry);
  } else {
    in_order = false;
    verdict = JudgeExpiry(entry);
  }
  if (verdict.refusal) {
    Fail("time alone does what is due", absl::StrCat("revision ", entry.revision));
    return;
  }
  Note(absl::StrCat("  time made revision ", entry.revision));
  CompareEntry(verdict, in_order);
}

void World::LookAtChampions() {
  std::vector<std::string> lines;
  const absl::Status read = Observe([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(lines, LinesOfChampions(reader, clock_.Now()));
    return absl::OkStatus();
  });
  if (!read.ok()) {
    Fail("at rest, the store can be read", read.ToString());
    return;
  }
  CompareLines("at rest, champions have what their history gave them", lines,
               model_.champions().Lines(model_.Everybody(), Now()));
}

void World::CompareLines(const std::string& what, const std::vector<std::string>& lines,
                         const std::vector<std::string>& expected) {
  for (std::size_t i = 0; i < std::max(lines.size(), expected.size()); ++i) {
    const std::string is = i < lines.size() ? lines[i] : "nothing";
    const std::string should_be = i < expected.size() ? expected[i] : "nothing";
    if (is != should_be) {
      Fail(what, absl::StrCat(is, "\n      where it should be\n      ", should_be));
      return;
    }
  }
}

}  // namespace perigee::simulation
