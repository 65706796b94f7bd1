#include "tests/simulation/model_champions.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace perigee::simulation {

ChampionOutcome ModelChampions::Decide(const Operation& operation, const People& people,
                                       ModelBooks::Unit& unit, ModelBooks& books) {
  ChampionOutcome outcome;
  Turn turn{operation, operation.champion, people, unit, books, outcome};
  outcome.refusal = DecideTurn(turn);
  outcome.names.erase(kNobody);
  return outcome;
}

ModelChampions::Refusal ModelChampions::DecideTurn(Turn& turn) {
  switch (turn.operation.action) {
    case Action::kSetTerms:
      return SetTerms(turn);
    case Action::kNominate:
      return Nominate(turn);
    case Action::kJudgeNomination:
      return JudgeNomination(turn);
    case Action::kAppoint:
      return Appoint(turn, turn.operation.member, turn.order.place);
    case Action::kMoveAppointment:
      return MoveAppointment(turn);
    case Action::kProposeAsk:
      return ProposeAsk(turn);
    case Action::kMoveAsk:
      return MoveAsk(turn);
    case Action::kSetAskTerms:
      return SetAskTerms(turn);
    case Action::kThank:
      return Thank(turn);
    case Action::kWithdrawThanks:
      return WithdrawThanks(turn);
    case Action::kRedeem:
      return Redeem(turn);
    case Action::kMoveRedemption:
      return MoveRedemption(turn);
    case Action::kContribute:
      return Contribute(turn);
    default:
      return MoveContribution(turn);
  }
}

ModelChampions::Refusal ModelChampions::SetTerms(const Turn& turn) {
  const auto place = static_cast<std::size_t>(turn.order.place);
  switch (turn.order.terms) {
    case 0:
      titles_[place] = turn.order.title;
      break;
    case 1:
      rewards_[place] = turn.order.reward;
      break;
    case 2:
      kinds_[place] = turn.order.kind;
      break;
    default:
      limits_ = turn.order.limits;
      break;
  }
  return std::nullopt;
}

bool ModelChampions::AnythingDue(Micros now) const {
  return std::ranges::any_of(
             appointments_,
             [&](const auto& one) { return one.second.due && *one.second.due <= now; }) ||
         std::ranges::any_of(
             redemptions_,
             [&](const auto& one) { return StateAt(one.second, now) != one.second.state; }) ||
         std::ranges::any_of(contributions_, [&](const auto& one) {
           return one.second.due && *one.second.due <= now;
         });
}

std::vector<Micros> ModelChampions::Instants(Micros now) const {
  std::vector<Micros> instants;
  for (const auto& [id, one] : nominations_) {
    instants.push_back(one.expire);
  }
  for (const auto& [id, one] : appointments_) {
    instants.insert(instants.end(), {one.start, one.renewal, one.end, one.lapse});
  }
  for (const auto& [id, one] : asks_) {
    instants.push_back(one.expire);
    if (one.sent) {
      instants.push_back(*one.sent + limits_.ask_days * kDay);
    }
  }
  for (const auto& [id, one] : redemptions_) {
    instants.push_back(one.expire);
  }
  std::erase_if(instants, [&](Micros instant) { return instant <= now; });
  return instants;
}

std::vector<std::string> ModelChampions::Lines(const People& people, Micros now) const {
  std::vector<std::string> lines;
  for (const auto& [id, one] : nominations_) {
    lines.push_back(absl::StrCat("nomination ", id, " of m", one.nominee, " ", kTitles[one.title],
                                 " state ", static_cast<int>(StateAt(one, now)), " voices ",
                                 one.nominators.size(), " verdicts ", one.verdicts.size()));
  }
  for (const auto& [id, one] : appointments_) {
    lines.push_back(absl::StrCat("appointment ", id, " of m", one.member, " ", kTitles[one.title],
                                 " state ", static_cast<int>(StateAt(one, now)), " from ",
                                 one.start, " until ", one.end, " due ", one.due.value_or(0)));
  }
  for (const auto& [id, one] : asks_) {
    lines.push_back(absl::StrCat("ask ", id, " of m", one.member, " state ",
                                 static_cast<int>(StateAt(one, now))));
  }
  for (const auto& [id, one] : thanks_) {
    lines.push_back(absl::StrCat("thanks ", id, " by m", one.giver, " to m", one.receiver,
                                 " earlier ", one.earlier, one.withdrawn ? " withdrawn" : ""));
  }
  for (const auto& [id, one] : redemptions_) {
    lines.push_back(absl::StrCat("redemption ", id, " of m", one.member, " ", kRewards[one.reward],
                                 " state ", static_cast<int>(one.state), " hold ", one.hold.first,
                                 "-", one.hold.second));
  }
  for (std::size_t reward = 0; reward < rewards_.size(); ++reward) {
    const auto taken = std::ranges::count_if(redemptions_, [&](const auto& one) {
      return one.second.reward == static_cast<int>(reward) &&
             (one.second.state == RedemptionState::kHeld ||
              one.second.state == RedemptionState::kApproved ||
              one.second.state == RedemptionState::kFulfilled);
    });
    lines.push_back(absl::StrCat("reward ", kRewards[reward], " taken ", taken));
  }
  for (const auto& [id, one] : contributions_) {
    lines.push_back(absl::StrCat("contribution ", id, " of m", one.member, " ", kKinds[one.kind],
                                 " state ", static_cast<int>(one.state), " credit ", one.credit));
    for (std::size_t i = 0; i < one.authors.size(); ++i) {
      const ModelShare& author = one.authors[i];
      lines.push_back(absl::StrCat("share ", id, "/", i, " of m", author.member, " ", author.share,
                                   " by ", author.activity, author.declined ? " declined" : ""));
    }
  }
  for (int member = 0; member < kMembers; ++member) {
    if (people[static_cast<std::size_t>(member)].there) {
      std::string titles;
      for (const std::string& title : TitlesOf(member)) {
        absl::StrAppend(&titles, " ", title);
      }
      lines.push_back(absl::StrCat("member m", member, " has", titles, ", asks ",
                                   AskPlaces(member, now), " of ", AskLimit(member), ", thanks ",
                                   ThanksUsed(member, now), " of ", limits_.thanks));
    }
  }
  std::ranges::sort(lines);
  return lines;
}

}  // namespace perigee::simulation
