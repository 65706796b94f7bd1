// Rewards with their redemptions, and contributions.

#include <algorithm>
#include <numeric>

#include "tests/simulation/calendar.h"
#include "tests/simulation/model_champions.h"

namespace perigee::simulation {
namespace {

bool IsOpen(RedemptionState state) {
  return state == RedemptionState::kHeld || state == RedemptionState::kApproved;
}
bool IsDecided(ContributionState state) {
  return state == ContributionState::kAccepted || state == ContributionState::kRejected ||
         state == ContributionState::kWithdrawn;
}
bool Waits(const ModelShare& author) { return author.share > 0 && author.activity == 0; }

bool MayMove(const ModelRedemption& redemption, Deed deed, Micros now) {
  const RedemptionState state = StateAt(redemption, now);
  const bool is_held = state == RedemptionState::kHeld;
  switch (deed) {
    case Deed::kFulfil:
      return state == RedemptionState::kApproved || (is_held && !redemption.needs_approval);
    case Deed::kReject:
      return is_held || state == RedemptionState::kApproved;
    case Deed::kReturn:
      return state == RedemptionState::kFulfilled;
    default:
      return is_held;  // To approve or to cancel.
  }
}

bool MayMove(ContributionState state, Deed deed) {
  switch (deed) {
    case Deed::kStartReview:
      return state == ContributionState::kSubmitted;
    case Deed::kRevise:
      return state == ContributionState::kChangesAsked;
    case Deed::kWithdraw:
    case Deed::kDecline:
      return !IsDecided(state);
    default:
      return state == ContributionState::kInReview;
  }
}

// Each gets the whole part of the exact share. What is left goes one by one to those who lost the
// largest part of one, the first of equal ones.
void Split(std::int64_t credit, std::vector<ModelShare>& authors) {
  std::int64_t sum = 0;
  for (ModelShare& author : authors) {
    sum += author.declined ? 0 : author.weight;
  }
  std::vector<std::pair<std::int64_t, std::size_t>> lost;
  std::int64_t left = credit;
  for (std::size_t i = 0; i < authors.size(); ++i) {
    const std::int64_t weighted = credit * (authors[i].declined ? 0 : authors[i].weight);
    authors[i].share = weighted / sum;
    left -= authors[i].share;
    lost.emplace_back(-(weighted % sum), i);
  }
  std::ranges::sort(lost);
  for (std::int64_t i = 0; i < left; ++i) {
    ++authors[lost[static_cast<std::size_t>(i)].second].share;
  }
}

// The authors of a revision. Who declined once stays so.
std::vector<ModelShare> Revised(const std::vector<ModelShare>& before,
                                const std::vector<std::pair<int, std::int64_t>>& named) {
  std::vector<ModelShare> authors;
  for (const auto& [member, weight] : named) {
    ModelShare author;
    author.member = member;
    author.weight = weight;
    const auto old = std::ranges::find(before, member, &ModelShare::member);
    author.declined = !authors.empty() && old != before.end() && old->declined;
    authors.push_back(author);
  }
  for (const ModelShare& old : before) {
    if (old.declined &&
        std::ranges::find(authors, old.member, &ModelShare::member) == authors.end()) {
      authors.push_back(old);
    }
  }
  return authors;
}

}  // namespace

RedemptionState StateAt(const ModelRedemption& redemption, Micros now) {
  return IsOpen(redemption.state) && redemption.expire <= now ? RedemptionState::kExpired
                                                              : redemption.state;
}

ModelChampions::Refusal ModelChampions::Redeem(Turn& turn) {
  const int member = turn.operation.member;
  const RewardSpec& reward = rewards_[static_cast<std::size_t>(turn.order.place)];
  const Micros now = turn.unit.now;
  if (!turn.IsThere(member)) {
    return Reason::kNotFound;
  }
  const bool is_champion = std::ranges::any_of(appointments_, [&](const auto& one) {
    const AppointmentState state = StateAt(one.second, now);
    return one.second.member == member && one.second.title == 0 &&
           (state == AppointmentState::kActive || state == AppointmentState::kRenewalDue);
  });
  if (reward.for_champions && !is_champion) {
    return Reason::kNotFound;
  }
  if (reward.retired) {
    return Reason::kRewardRetired;
  }
  const auto takes = [&](const auto& one) {
    return one.second.reward == turn.order.place &&
           (IsOpen(one.second.state) || one.second.state == RedemptionState::kFulfilled);
  };
  turn.outcome.names = {member};
  if (reward.stock && std::ranges::count_if(redemptions_, takes) >= *reward.stock) {
    // What has expired is noted on the way.
    for (auto& [id, one] : redemptions_) {
      if (one.reward == turn.order.place && StateAt(one, now) != one.state) {
        one.state = RedemptionState::kExpired;
        turn.outcome.names.insert(one.member);
      }
    }
    if (std::ranges::count_if(redemptions_, takes) >= *reward.stock) {
      return Reason::kRewardOutOfStock;
    }
  }
  if (turn.IsSuspended(member)) {
    return Reason::kMemberSuspended;
  }
  ModelRedemption redemption;
  redemption.member = member;
  redemption.reward = turn.order.place;
  redemption.needs_approval = reward.needs_approval;
  redemption.four_eyes = reward.four_eyes;
  redemption.expire = now + reward.hold_days * kDay;
  const std::string asset = AssetOfReward(turn.order.place);
  const Leg leg{AccountName(asset, member), asset + "/spent", reward.price, redemption.expire, {}};
  if (const Refusal refusal = turn.books.Post(turn.unit, leg)) {
    return refusal;
  }
  redemption.hold = turn.books.moves().back().name;
  redemptions_[turn.unit.revision] = redemption;
  return std::nullopt;
}

ModelChampions::Refusal ModelChampions::MoveRedemption(Turn& turn) {
  const auto found = redemptions_.find(turn.order.target);
  const int member = turn.operation.member;
  if (!turn.HasJudge() || !turn.IsThere(member) || found == redemptions_.end() ||
      found->second.member != member) {
    return Reason::kNotFound;
  }
  ModelRedemption& redemption = found->second;
  const Deed deed = turn.order.deed;
  const int judge = turn.order.other;
  if (!MayMove(redemption, deed, turn.unit.now)) {
    return Reason::kIllegalMove;
  }
  const bool is_judged = deed == Deed::kApprove || deed == Deed::kFulfil;
  if (is_judged && redemption.four_eyes &&
      (judge == kNobody || judge == member || judge == redemption.approver)) {
    return Reason::kFourEyes;
  }
  turn.outcome.names = {member};
  switch (deed) {
    case Deed::kApprove:
      redemption.state = RedemptionState::kApproved;
      redemption.approver = judge;
      return std::nullopt;
    case Deed::kFulfil:
      if (turn.IsSuspended(member)) {
        return Reason::kMemberSuspended;
      }
      redemption.state = RedemptionState::kFulfilled;
      if (const Refusal refusal = turn.books.Capture(turn.unit, redemption.hold, 0)) {
        return refusal;
      }
      redemption.capture = turn.books.moves().back().name;
      return std::nullopt;
    case Deed::kReturn:
      redemption.state = RedemptionState::kReturned;
      return turn.books.Reverse(turn.unit, redemption.capture, 0);
    default:
      redemption.state =
          deed == Deed::kReject ? RedemptionState::kRejected : RedemptionState::kCancelled;
      return turn.books.Void(turn.unit, redemption.hold);
  }
}

bool ModelChampions::SettleRedemptions(const std::set<std::int64_t>& ids, Micros now) {
  for (const std::int64_t id : ids) {
    const auto found = redemptions_.find(id);
    if (found == redemptions_.end() || StateAt(found->second, now) == found->second.state) {
      return false;
    }
    found->second.state = RedemptionState::kExpired;
  }
  return true;
}

bool ModelChampions::IsOfRedemption(const Move& move) const {
  return std::ranges::any_of(redemptions_, [&](const auto& one) {
    return one.second.hold == move.original.value_or(move.name);
  });
}

void ModelChampions::Erase(int member, Micros now) {
  for (auto& [id, one] : redemptions_) {
    if (one.member == member && IsOpen(one.state)) {
      one.state = one.expire <= now ? RedemptionState::kExpired : RedemptionState::kCancelled;
    }
  }
}

ModelChampions::Refusal ModelChampions::CheckAuthors(const Turn& turn) const {
  std::set<int> seen;
  for (const auto& [member, weight] : turn.order.authors) {
    if (!turn.IsThere(member)) {
      return Reason::kNotFound;
    }
    if (!seen.insert(member).second) {
      return Reason::kInvalidField;
    }
  }
  return std::nullopt;
}

ModelChampions::Refusal ModelChampions::CheckStated(const Turn& turn, std::int64_t id) const {
  if (turn.order.day > DayAt(kProgramZone, turn.unit.now)) {
    return Reason::kInvalidField;
  }
  for (const auto& [other, contribution] : contributions_) {
    const bool counts = contribution.state != ContributionState::kRejected &&
                        contribution.state != ContributionState::kWithdrawn;
    if (turn.order.link != 0 && other != id && contribution.link == turn.order.link && counts &&
        turn.IsThere(contribution.member)) {
      return Reason::kDuplicateContribution;
    }
  }
  return std::nullopt;
}

ModelChampions::Refusal ModelChampions::Contribute(Turn& turn) {
  const KindSpec& kind = kinds_[static_cast<std::size_t>(turn.order.place)];
  if (const Refusal refusal = CheckAuthors(turn)) {
    return refusal;
  }
  if (kind.retired) {
    return Reason::kContributionKindRetired;
  }
  if (const Refusal refusal = CheckStated(turn, 0)) {
    return refusal;
  }
  ModelContribution& contribution = contributions_[turn.unit.revision];
  contribution.member = turn.operation.member;
  contribution.kind = turn.order.place;
  contribution.day = turn.order.day;
  contribution.link = turn.order.link;
  contribution.authors = Revised({}, turn.order.authors);
  for (const ModelShare& author : contribution.authors) {
    turn.outcome.names.insert(author.member);
  }
  if (kind.trusted) {
    Accept(turn, contribution);
  }
  return std::nullopt;
}

ModelChampions::Refusal ModelChampions::MoveContribution(Turn& turn) {
  const auto found = contributions_.find(turn.order.target);
  const Deed deed = turn.order.deed;
  const int who = turn.order.other;
  if (found == contributions_.end() || !turn.HasJudge()) {
    return Reason::kNotFound;
  }
  ModelContribution& contribution = found->second;
  std::vector<ModelShare>& authors = contribution.authors;
  const auto own = std::ranges::find(authors, who, &ModelShare::member);
  const bool is_author = own != authors.end() && !own->declined;
  const bool of_member = deed == Deed::kRevise || deed == Deed::kWithdraw;
  if (of_member                ? who != contribution.member
      : deed == Deed::kDecline ? !is_author || own == authors.begin()
                               : !turn.IsThere(contribution.member)) {
    return Reason::kNotFound;
  }
  if (deed == Deed::kRevise) {
    if (const Refusal refusal = CheckAuthors(turn)) {
      return refusal;
    }
  } else if (!of_member && deed != Deed::kDecline && is_author) {
    return Reason::kInvolved;
  }
  if (!MayMove(contribution.state, deed)) {
    return Reason::kIllegalMove;
  }
  for (const ModelShare& author : authors) {
    turn.outcome.names.insert(author.member);
  }
  switch (deed) {
    case Deed::kStartReview:
      contribution.state = ContributionState::kInReview;
      break;
    case Deed::kAskForChanges:
      contribution.state = ContributionState::kChangesAsked;
      break;
    case Deed::kReject:
      contribution.state = ContributionState::kRejected;
      break;
    case Deed::kWithdraw:
      contribution.state = ContributionState::kWithdrawn;
      break;
    case Deed::kDecline:
      own->declined = true;
      break;
    case Deed::kAccept:
      Accept(turn, contribution);
      break;
    default:
      return Revise(turn, contribution);
  }
  return std::nullopt;
}

ModelChampions::Refusal ModelChampions::Revise(Turn& turn, ModelContribution& contribution) {
  const KindSpec& kind = kinds_[static_cast<std::size_t>(turn.order.place)];
  if (turn.order.place != contribution.kind && kind.retired) {
    return Reason::kContributionKindRetired;
  }
  if (const Refusal refusal = CheckStated(turn, turn.order.target)) {
    return refusal;
  }
  const std::vector<ModelShare> before = contribution.authors;
  contribution.authors = Revised(before, turn.order.authors);
  turn.outcome.names.clear();
  for (const ModelShare& author : contribution.authors) {
    turn.outcome.names.insert(author.member);
  }
  // The rows after the last author are deleted.
  for (std::size_t i = contribution.authors.size(); i < before.size(); ++i) {
    turn.outcome.names.insert(before[i].member);
  }
  turn.outcome.names.insert(contribution.member);
  contribution.state = ContributionState::kSubmitted;
  contribution.kind = turn.order.place;
  contribution.day = turn.order.day;
  contribution.link = turn.order.link;
  if (kind.trusted && !kind.retired) {
    Accept(turn, contribution);
  }
  return std::nullopt;
}

void ModelChampions::Accept(Turn& turn, ModelContribution& contribution) {
  contribution.state = ContributionState::kAccepted;
  contribution.decided = turn.unit.now;
  contribution.credit = kinds_[static_cast<std::size_t>(contribution.kind)].credit;
  Split(contribution.credit, contribution.authors);
  RecordShare(contribution, turn.people, turn.unit.revision, turn.outcome);
}

void ModelChampions::RecordShare(ModelContribution& contribution, const People& people,
                                 std::int64_t revision, ChampionOutcome& outcome) {
  std::vector<ModelShare>& authors = contribution.authors;
  const auto next = std::ranges::find_if(authors, [&](const ModelShare& author) {
    return Waits(author) && people[static_cast<std::size_t>(author.member)].there;
  });
  contribution.due.reset();
  if (next == authors.end()) {
    return;
  }
  if (const auto waiting = std::count_if(next + 1, authors.end(), Waits); waiting > 0) {
    contribution.due = contribution.decided - waiting;
  }
  next->activity = revision;
  Event event;
  event.type = TypeOfKind(contribution.kind);
  event.actor = next->member;
  event.quantity = next->share;
  event.occur = StartOfDay(kProgramZone, contribution.day);
  outcome.activity = event;
}

bool ModelChampions::Credit(std::int64_t id, const People& people, const ModelBooks::Unit& unit,
                            ChampionOutcome& outcome) {
  const auto found = contributions_.find(id);
  if (found == contributions_.end() || !found->second.due || *found->second.due > unit.now) {
    return false;
  }
  RecordShare(found->second, people, unit.revision, outcome);
  return true;
}

}  // namespace perigee::simulation
