#include "tests/simulation/decisions_champions.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/ask/ask.h"
#include "server/domain/badge/badge.h"
#include "server/domain/badge/badge_grant.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/champion/contribution.h"
#include "server/domain/champion/nomination.h"
#include "server/domain/champion/title.h"
#include "server/domain/member/trait.h"
#include "server/domain/reward/redemption.h"
#include "server/domain/reward/reward.h"
#include "server/domain/thanks/thanks.h"
#include "server/domain/tier/tier_scheme.h"
#include "server/domain/tier/tier_standing.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/ask/asks.h"
#include "server/use_cases/champion/appointments.h"
#include "server/use_cases/champion/contributions.h"
#include "server/use_cases/champion/nominations.h"
#include "server/use_cases/champion/titles.h"
#include "server/use_cases/judge.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/member/members.h"
#include "server/use_cases/program/programs.h"
#include "server/use_cases/reward/redemptions.h"
#include "server/use_cases/reward/rewards.h"
#include "server/use_cases/thanks/thanks.h"
#include "tests/simulation/decided.h"
#include "tests/simulation/decisions.h"

namespace perigee::simulation {
namespace {

using ports::StoreReader;
using ports::UnitContext;

constexpr int kAll = 10'000;

std::string IdOf(int member) { return member == kNobody ? "" : absl::StrCat("m", member); }
std::string TargetOf(const ChampionOrder& order) { return absl::StrCat(order.target); }

void Specify(const TitleSpec& spec, domain::Title& title) {
  title.term_months = 1;
  title.seats = spec.seats;
  title.reviews = spec.reviews;
  title.renewal_days = spec.renewal_days;
  title.retired = spec.retired;
}
void Specify(const RewardSpec& spec, domain::Reward& reward) {
  reward.price = spec.price;
  reward.stock = spec.stock;
  reward.needs_approval = spec.needs_approval;
  reward.four_eyes = spec.four_eyes;
  reward.eligibility = spec.for_champions ? absl::StrCat("title:", kTitles[0]) : "";
  reward.hold_days = spec.hold_days;
  reward.retired = spec.retired;
}
domain::ContributionKind KindOf(int place, const KindSpec& spec) {
  domain::ContributionKind kind;
  kind.id = kind.display_name = kKinds[place];
  kind.activity_type = TypeOfKind(place);
  kind.credit = spec.credit;
  kind.trusted = spec.trusted;
  kind.retired = spec.retired;
  return kind;
}

Decided SetTerms(const ChampionOrder& order, StoreReader& reader, const UnitContext& unit) {
  switch (order.terms) {
    case 0:
      return Done(unit, use_cases::UpdateTitle(
                            reader, unit, kProgram, kTitles[order.place],
                            {[&](domain::Title& title) { Specify(order.title, title); }}));
    case 1:
      return Done(unit, use_cases::UpdateReward(
                            reader, unit, kProgram, kRewards[order.place],
                            {[&](domain::Reward& reward) { Specify(order.reward, reward); }}));
    case 2:
      return Done(unit, use_cases::SetContributionKind(reader, unit, kProgram,
                                                       KindOf(order.place, order.kind), ""));
    default:
      return Done(unit, use_cases::UpdateProgram(
                            reader, unit, kProgram,
                            {[&](domain::Program& program) { SetLimits(order.limits, program); }}));
  }
}

// Who judges is signed in, so that an erased member cannot.
absl::StatusOr<use_cases::Judge> JudgeOf(const ChampionOrder& order, StoreReader& reader) {
  if (order.other == kNobody) {
    return use_cases::Judge{};
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                           use_cases::RequireMember(reader, kProgram, IdOf(order.other)));
  return use_cases::Judge{member.key, {member.key}};
}

std::optional<Time> TimeOf(const ChampionOrder& order) {
  return order.time == 0 ? std::nullopt : std::optional(FromMicros(order.time));
}

Decided Nominate(const Operation& op, StoreReader& reader, const UnitContext& unit) {
  use_cases::NominationDraft draft;
  draft.title = kTitles[op.champion.place];
  draft.nominee = IdOf(op.member);
  draft.nominator = IdOf(op.champion.other);
  return Done(unit, use_cases::Nominate(reader, unit, kProgram, draft));
}

Decided JudgeNomination(const ChampionOrder& order, StoreReader& reader, const UnitContext& unit) {
  const std::string id = TargetOf(order);
  if (order.deed == Deed::kWithdraw) {
    return Done(unit, use_cases::WithdrawNomination(reader, unit, kProgram, id, IdOf(order.other)));
  }
  PERIGEE_ASSIGN_OR_RETURN(const use_cases::Judge judge, JudgeOf(order, reader));
  if (order.deed == Deed::kStartReview) {
    return Done(unit, use_cases::StartReview(reader, unit, kProgram, id, judge));
  }
  if (order.deed == Deed::kReview) {
    return Done(unit, use_cases::ReviewNomination(reader, unit, kProgram, id, judge,
                                                  static_cast<domain::Verdict>(order.verdict), ""));
  }
  use_cases::NominationDecision decision;
  decision.accept = order.verdict == 1;
  decision.start_time = TimeOf(order);
  return Done(unit, use_cases::DecideNomination(reader, unit, kProgram, id, judge, decision));
}

Decided MoveAppointment(const Operation& op, StoreReader& reader, const UnitContext& unit) {
  using domain::AppointmentMove;
  const use_cases::AppointmentPlace place{kProgram, IdOf(op.member), TargetOf(op.champion)};
  const Deed deed = op.champion.deed;
  if (deed == Deed::kRenew) {
    return Done(unit, use_cases::RenewAppointment(reader, unit, place));
  }
  const AppointmentMove move = deed == Deed::kSuspend     ? AppointmentMove::kSuspend
                               : deed == Deed::kReinstate ? AppointmentMove::kReinstate
                               : deed == Deed::kRevoke    ? AppointmentMove::kRevoke
                                                          : AppointmentMove::kResign;
  return Done(unit, use_cases::MoveAppointment(reader, unit, place, move, ""));
}

Decided ProposeAsk(const Operation& op, StoreReader& reader, const UnitContext& unit) {
  constexpr domain::AskState kLevels[] = {domain::AskState::kProposed, domain::AskState::kReserved,
                                          domain::AskState::kSent};
  return Done(unit, use_cases::ProposeAsk(reader, unit, kProgram,
                                          {IdOf(op.member), "team", "talk", "Would you?",
                                           kLevels[op.champion.level]}));
}

Decided MoveAsk(const Operation& op, StoreReader& reader, const UnitContext& unit) {
  using domain::AskMove;
  const use_cases::AskPlace place{kProgram, IdOf(op.member), TargetOf(op.champion)};
  switch (op.champion.deed) {
    case Deed::kAccept:
      return Done(unit, use_cases::AnswerAsk(reader, unit, place, AskMove::kAccept, ""));
    case Deed::kDecline:
      return Done(unit, use_cases::AnswerAsk(reader, unit, place, AskMove::kDecline, ""));
    case Deed::kReserve:
      return Done(unit, use_cases::MoveAsk(reader, unit, place, AskMove::kReserve));
    case Deed::kSend:
      return Done(unit, use_cases::MoveAsk(reader, unit, place, AskMove::kSend));
    case Deed::kComplete:
      return Done(unit, use_cases::MoveAsk(reader, unit, place, AskMove::kComplete));
    case Deed::kThank:
      return Done(unit, use_cases::MoveAsk(reader, unit, place, AskMove::kThank));
    default:
      return Done(unit, use_cases::MoveAsk(reader, unit, place, AskMove::kCancel));
  }
}

Decided SetAskTerms(const Operation& op, StoreReader& reader, const UnitContext& unit) {
  const ChampionOrder& order = op.champion;
  const std::string member = IdOf(op.member);
  if (!order.pauses) {
    return Done(unit, use_cases::SetAskTerms(reader, unit, kProgram, member,
                                             {order.do_not_ask, order.limit}));
  }
  return Done(unit, order.time == 0
                        ? use_cases::ResumeMember(reader, unit, kProgram, member)
                        : use_cases::PauseMember(reader, unit, kProgram, member, TimeOf(order)));
}

Decided Thank(const Operation& op, StoreReader& reader, const UnitContext& unit) {
  use_cases::ThanksDraft draft;
  draft.giver = IdOf(op.member);
  draft.receiver = IdOf(op.champion.other);
  draft.text = "Thank you.";
  return Done(unit, use_cases::GiveThanks(reader, unit, kProgram, draft));
}

Decided MoveRedemption(const Operation& op, StoreReader& reader, const UnitContext& unit) {
  const use_cases::RedemptionPlace place{kProgram, IdOf(op.member), TargetOf(op.champion)};
  PERIGEE_ASSIGN_OR_RETURN(const use_cases::Judge judge, JudgeOf(op.champion, reader));
  switch (op.champion.deed) {
    case Deed::kApprove:
      return Done(unit, use_cases::ApproveRedemption(reader, unit, place, judge));
    case Deed::kFulfil:
      return Done(unit, use_cases::FulfilRedemption(reader, unit, place, judge));
    case Deed::kReject:
      return Done(unit, use_cases::RejectRedemption(reader, unit, place, ""));
    case Deed::kReturn:
      return Done(unit, use_cases::ReturnRedemption(reader, unit, place, ""));
    default:
      return Done(unit, use_cases::CancelRedemption(reader, unit, place));
  }
}

absl::StatusOr<use_cases::ContributionDraft> DraftOf(const ChampionOrder& order) {
  use_cases::ContributionDraft draft;
  draft.stated.kind = kKinds[order.place];
  draft.stated.title = "A talk";
  draft.stated.evidence = "I was there.";
  draft.stated.date = domain::FormatDay(absl::CivilDay(1970, 1, 1) + order.day);
  draft.stated.link = kLinks[order.link];
  PERIGEE_RETURN_IF_ERROR(domain::NormalizeContribution(draft.stated));
  draft.member = IdOf(order.authors.front().first);
  draft.weight = order.authors.front().second;
  for (std::size_t i = 1; i < order.authors.size(); ++i) {
    draft.co_authors.push_back({IdOf(order.authors[i].first), order.authors[i].second});
  }
  return draft;
}

Decided MoveContribution(const ChampionOrder& order, StoreReader& reader, const UnitContext& unit) {
  using domain::ContributionMove;
  const std::string id = TargetOf(order);
  const std::string who = IdOf(order.other);
  switch (order.deed) {
    case Deed::kRevise: {
      PERIGEE_ASSIGN_OR_RETURN(const use_cases::ContributionDraft draft, DraftOf(order));
      return Done(unit, use_cases::ReviseContribution(reader, unit, kProgram, id, draft, ""));
    }
    case Deed::kWithdraw:
      return Done(unit, use_cases::WithdrawContribution(reader, unit, kProgram, id, who));
    case Deed::kDecline:
      return Done(unit, use_cases::DeclineCredit(reader, unit, kProgram, id, who));
    default:
      break;
  }
  PERIGEE_ASSIGN_OR_RETURN(const use_cases::Judge judge, JudgeOf(order, reader));
  const ContributionMove move = order.deed == Deed::kStartReview ? ContributionMove::kStartReview
                                : order.deed == Deed::kAskForChanges
                                    ? ContributionMove::kAskForChanges
                                : order.deed == Deed::kAccept ? ContributionMove::kAccept
                                                              : ContributionMove::kReject;
  return Done(unit, use_cases::JudgeContribution(reader, unit, kProgram, id, judge, {move}));
}

}  // namespace

Decided DecideChampions(const Operation& op, StoreReader& reader, const UnitContext& unit) {
  const ChampionOrder& order = op.champion;
  const std::string member = IdOf(op.member);
  switch (op.action) {
    case Action::kSetTerms:
      return SetTerms(order, reader, unit);
    case Action::kNominate:
      return Nominate(op, reader, unit);
    case Action::kJudgeNomination:
      return JudgeNomination(order, reader, unit);
    case Action::kAppoint:
      return Done(unit, use_cases::Appoint(reader, unit, kProgram,
                                           {kTitles[order.place], member, TimeOf(order)}));
    case Action::kMoveAppointment:
      return MoveAppointment(op, reader, unit);
    case Action::kProposeAsk:
      return ProposeAsk(op, reader, unit);
    case Action::kMoveAsk:
      return MoveAsk(op, reader, unit);
    case Action::kSetAskTerms:
      return SetAskTerms(op, reader, unit);
    case Action::kThank:
      return Thank(op, reader, unit);
    case Action::kWithdrawThanks:
      return Done(unit, use_cases::WithdrawThanks(reader, unit, kProgram, order.target, member));
    case Action::kRedeem:
      return Done(unit, use_cases::Redeem(reader, unit, kProgram, member, kRewards[order.place]));
    case Action::kMoveRedemption:
      return MoveRedemption(op, reader, unit);
    case Action::kContribute: {
      PERIGEE_ASSIGN_OR_RETURN(const use_cases::ContributionDraft draft, DraftOf(order));
      return Done(unit, use_cases::SubmitContribution(reader, unit, kProgram, draft));
    }
    default:
      return MoveContribution(order, reader, unit);
  }
}

void SetLimits(const LimitSpec& limits, domain::Program& program) {
  program.ask_limit = limits.asks;
  program.ask_window_days = limits.ask_days;
  program.thanks_limit = limits.thanks;
  program.thanks_period =
      limits.thanks_by_month ? domain::ThanksPeriod::kMonth : domain::ThanksPeriod::kWeek;
}

void PutFirstTerms(const UnitContext& unit, domain::RecordChanges& records) {
  for (int place = 0; place < std::ssize(kTitles); ++place) {
    domain::Title title;
    title.id = title.display_name = kTitles[place];
    title.nominators = {domain::Nominator::kStaff, domain::Nominator::kPeer};
    if (TakesOwnWord(place)) {
      title.nominators.push_back(domain::Nominator::kSelf);
    }
    Specify(TitleSpec{}, title);
    title.create_time = unit.now;
    title.revision = unit.revision;
    records.Put(std::move(title));
  }
  for (int place = 0; place < std::ssize(kRewards); ++place) {
    domain::Reward reward;
    reward.id = reward.display_name = kRewards[place];
    reward.asset = AssetOfReward(place);
    Specify(RewardSpec{}, reward);
    reward.create_time = unit.now;
    reward.edit_revision = reward.revision = unit.revision;
    records.Put(std::move(reward));
  }
  for (int place = 0; place < std::ssize(kKinds); ++place) {
    domain::ContributionKind kind = KindOf(place, {});
    kind.create_time = unit.now;
    kind.revision = unit.revision;
    records.Put(std::move(kind));
  }
}

const std::set<const domain::RecordType*>& RecordsOfChampions() {
  static const std::set<const domain::RecordType*> kTypes = {
      &domain::TypeOf<domain::Title>(), &domain::TypeOf<domain::Nomination>(),
      &domain::TypeOf<domain::NominationVoice>(), &domain::TypeOf<domain::NominationReview>(),
      &domain::TypeOf<domain::Appointment>(), &domain::TypeOf<domain::Ask>(),
      &domain::TypeOf<domain::Thanks>(), &domain::TypeOf<domain::Reward>(),
      &domain::TypeOf<domain::Redemption>(), &domain::TypeOf<domain::ContributionKind>(),
      &domain::TypeOf<domain::Contribution>(), &domain::TypeOf<domain::ContributionShare>(),
      &domain::TypeOf<domain::Badge>(), &domain::TypeOf<domain::BadgeGrant>(),
      &domain::TypeOf<domain::TierScheme>(), &domain::TypeOf<domain::TierStanding>(),
      // A trait falls due, and then changes its member.
      &domain::TypeOf<domain::Trait>()};
  return kTypes;
}

namespace {

// Calls `visit` for every record of that type.
template <class R, class Visit>
absl::Status ForEach(StoreReader& reader, Visit visit) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<R> all,
                           reader.records().List<R>(kProgram, {}, nullptr, kAll));
  for (const R& one : all) {
    visit(one);
  }
  return absl::OkStatus();
}

int NumberOf(const domain::MemberKey& member) {
  return member.IsNil() ? kNobody : MemberOf(member);
}

absl::Status AddTitles(StoreReader& reader, Time now, std::vector<std::string>& lines) {
  std::map<std::string, int> voices;
  std::map<std::string, int> verdicts;
  PERIGEE_RETURN_IF_ERROR(ForEach<domain::NominationVoice>(
      reader, [&](const domain::NominationVoice& voice) { ++voices[voice.nomination]; }));
  PERIGEE_RETURN_IF_ERROR(ForEach<domain::NominationReview>(
      reader, [&](const domain::NominationReview& review) { ++verdicts[review.nomination]; }));
  PERIGEE_RETURN_IF_ERROR(ForEach<domain::Nomination>(reader, [&](const domain::Nomination& one) {
    lines.push_back(absl::StrCat("nomination ", one.id, " of m", NumberOf(one.member), " ",
                                 one.title, " state ", static_cast<int>(domain::StateOf(one, now)),
                                 " voices ", voices[one.id], " verdicts ", verdicts[one.id]));
  }));
  return ForEach<domain::Appointment>(reader, [&](const domain::Appointment& one) {
    lines.push_back(absl::StrCat(
        "appointment ", one.id, " of m", NumberOf(one.member), " ", one.title, " state ",
        static_cast<int>(domain::StateOf(one, now)), " from ", ToMicros(one.start_time), " until ",
        ToMicros(one.end_time), " due ", one.due_time ? ToMicros(*one.due_time) : 0));
  });
}

absl::Status AddAsksAndThanks(StoreReader& reader, Time now, std::vector<std::string>& lines) {
  PERIGEE_RETURN_IF_ERROR(ForEach<domain::Ask>(reader, [&](const domain::Ask& one) {
    lines.push_back(absl::StrCat("ask ", one.id, " of m", NumberOf(one.member), " state ",
                                 static_cast<int>(domain::StateOf(one, now))));
  }));
  return ForEach<domain::Thanks>(reader, [&](const domain::Thanks& one) {
    lines.push_back(absl::StrCat("thanks ", one.id, " by m", NumberOf(one.giver), " to m",
                                 NumberOf(one.receiver), " earlier ", one.earlier,
                                 one.withdraw_time ? " withdrawn" : ""));
  });
}

absl::Status AddRewards(StoreReader& reader, std::vector<std::string>& lines) {
  PERIGEE_RETURN_IF_ERROR(ForEach<domain::Reward>(reader, [&](const domain::Reward& one) {
    lines.push_back(absl::StrCat("reward ", one.id, " taken ", one.taken));
  }));
  return ForEach<domain::Redemption>(reader, [&](const domain::Redemption& one) {
    lines.push_back(absl::StrCat("redemption ", one.id, " of m", NumberOf(one.member), " ",
                                 one.reward, " state ", static_cast<int>(one.state), " hold ",
                                 one.hold));
  });
}

absl::Status AddContributions(StoreReader& reader, std::vector<std::string>& lines) {
  PERIGEE_RETURN_IF_ERROR(
      ForEach<domain::Contribution>(reader, [&](const domain::Contribution& one) {
        lines.push_back(absl::StrCat("contribution ", one.id, " of m", NumberOf(one.member), " ",
                                     one.kind, " state ", static_cast<int>(one.state), " credit ",
                                     one.credit));
      }));
  return ForEach<domain::ContributionShare>(reader, [&](const domain::ContributionShare& one) {
    lines.push_back(absl::StrCat("share ", one.contribution, "/", one.index, " of m",
                                 NumberOf(one.member), " ", one.share, " by ", one.activity,
                                 one.declined ? " declined" : ""));
  });
}

absl::Status AddMembers(StoreReader& reader, Time now, std::vector<std::string>& lines) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Program program,
                           use_cases::RequireProgram(reader, kProgram));
  std::vector<domain::Member> members;
  PERIGEE_RETURN_IF_ERROR(ForEach<domain::Member>(
      reader, [&](const domain::Member& member) { members.push_back(member); }));
  for (const domain::Member& member : members) {
    PERIGEE_ASSIGN_OR_RETURN(const use_cases::AskOutlook asks,
                             use_cases::ReadAskOutlook(reader, kProgram, member.id, now));
    PERIGEE_ASSIGN_OR_RETURN(const domain::ThanksBudget thanks,
                             use_cases::BudgetOf(reader, program, {member.key}, now));
    std::string titles;
    for (const std::string& title : member.titles) {
      absl::StrAppend(&titles, " ", title);
    }
    lines.push_back(absl::StrCat("member ", member.id, " has", titles, ", asks ", asks.budget.used,
                                 " of ", asks.budget.limit.asks, ", thanks ", thanks.used, " of ",
                                 thanks.limit));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> LinesOfChampions(StoreReader& reader, Time now) {
  std::vector<std::string> lines;
  PERIGEE_RETURN_IF_ERROR(AddTitles(reader, now, lines));
  PERIGEE_RETURN_IF_ERROR(AddAsksAndThanks(reader, now, lines));
  PERIGEE_RETURN_IF_ERROR(AddRewards(reader, lines));
  PERIGEE_RETURN_IF_ERROR(AddContributions(reader, lines));
  PERIGEE_RETURN_IF_ERROR(AddMembers(reader, now, lines));
  std::ranges::sort(lines);
  return lines;
}

}  // namespace perigee::simulation
