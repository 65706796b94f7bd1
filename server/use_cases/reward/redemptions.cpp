#include "server/use_cases/reward/redemptions.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/reward/reward.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/audience/audiences.h"
#include "server/use_cases/judge.h"
#include "server/use_cases/ledger/transfers.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/reward/rewards.h"

namespace perigee::use_cases {
namespace {

using domain::Member;
using domain::MemberKey;
using domain::MergedMembers;
using domain::Redemption;
using domain::RedemptionMove;
using domain::RedemptionState;
using domain::Reward;

constexpr int kPage = 500;
// How many expired redemptions one unit settles on the way. One would do; a job settles the rest.
constexpr std::size_t kSettledAtOnce = 200;

template <class Visit>
absl::Status ForEach(ports::StoreReader& reader, const std::string& program,
                     const std::vector<ports::FieldIs>& filter, Visit visit) {
  std::vector<Redemption> page;
  do {
    PERIGEE_ASSIGN_OR_RETURN(
        page, reader.records().List<Redemption>(program, filter,
                                                page.empty() ? nullptr : &page.back(), kPage));
    for (const Redemption& redemption : page) {
      visit(redemption);
    }
  } while (std::cmp_equal(page.size(), kPage));
  return absl::OkStatus();
}

// The reward's redemptions that are open by their stored state and that time has ended.
absl::StatusOr<std::vector<Redemption>> ExpiredOf(ports::StoreReader& reader,
                                                  const std::string& program,
                                                  const std::string& reward, Time now) {
  std::vector<Redemption> expired;
  for (const RedemptionState open : {RedemptionState::kHeld, RedemptionState::kApproved}) {
    PERIGEE_RETURN_IF_ERROR(
        ForEach(reader, program, {{"reward", reward}, {"state", static_cast<std::int64_t>(open)}},
                [&](const Redemption& one) {
                  if (domain::StateOf(one, now) == RedemptionState::kExpired) {
                    expired.push_back(one);
                  }
                }));
  }
  return expired;
}

void PutAt(const ports::UnitContext& unit, Reward reward, domain::Changes& changes) {
  reward.revision = unit.revision;
  changes.records.Put(std::move(reward));
}
void PutAt(const ports::UnitContext& unit, Redemption redemption, domain::Changes& changes) {
  redemption.revision = unit.revision;
  changes.records.Put(std::move(redemption));
}

// Gives one of the stock back.
absl::Status GiveBack(ports::StoreReader& reader, const ports::UnitContext& unit,
                      const std::string& program, const std::string& id, domain::Changes& changes) {
  // Another redemption may have changed the reward in this unit.
  std::optional<Reward> reward;
  for (const Reward* changed : changes.records.All<Reward>()) {
    if (changed->id == id) {
      reward = *changed;
    }
  }
  if (!reward.has_value()) {
    Reward like;
    like.id = id;
    PERIGEE_ASSIGN_OR_RETURN(reward, reader.records().Find(program, like));
  }
  // No fault of the catalogue may stop an erasure or the work that is due.
  if (reward.has_value()) {
    --reward->taken;
    PutAt(unit, *std::move(reward), changes);
  }
  return absl::OkStatus();
}

// Takes one of the reward's stock. kRewardOutOfStock.
absl::Status TakeOne(ports::StoreReader& reader, const ports::UnitContext& unit,
                     const std::string& program, Reward reward, domain::Changes& changes) {
  if (domain::StockLeft(reward) == 0) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<Redemption> expired,
                             ExpiredOf(reader, program, reward.id, unit.now));
    expired.resize(std::min(expired.size(), kSettledAtOnce));
    for (Redemption& one : expired) {
      domain::Expire(one);
      PutAt(unit, std::move(one), changes);
      --reward.taken;
    }
  }
  if (domain::StockLeft(reward) == 0) {
    return Error(Reason::kRewardOutOfStock, "nothing is left of reward " + reward.id,
                 {{"reward", reward.id}});
  }
  ++reward.taken;
  PutAt(unit, std::move(reward), changes);
  return absl::OkStatus();
}

absl::StatusOr<Redemption> RequireRedemption(ports::StoreReader& reader,
                                             const RedemptionPlace& place) {
  PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, place.program, place.member));
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(place.program));
  Redemption like;
  like.id = place.id;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Redemption> found,
                           reader.records().Find(place.program, like));
  if (!found.has_value() || merged.HeadOf(found->member) != member.key) {
    return NotFound(FormatName(kRedemptionPattern, {place.program, place.member, place.id}));
  }
  return *std::move(found);
}

absl::StatusOr<TransferPath> TransferOf(const std::string& program, const std::string& id) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::TransferId transfer, domain::ParseTransferId("name", id));
  return TransferPath{program, transfer};
}

// kFourEyes unless the redemption asks for none, or the judge may act on it beside its approver.
absl::Status CheckFourEyes(ports::StoreReader& reader, const std::string& program,
                           const Redemption& redemption, const Judge& judge) {
  if (!redemption.four_eyes) {
    return absl::OkStatus();
  }
  std::string why;
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  if (judge.id.IsNil()) {
    why = "nobody signs in, so that two people cannot be told apart";
  } else if (IsThePerson(judge, merged, redemption.member)) {
    why = "the caller is its member";
  } else if (!redemption.approver.IsNil() && IsThePerson(judge, merged, redemption.approver)) {
    why = "the caller approved it";
  } else {
    return absl::OkStatus();
  }
  return Error(Reason::kFourEyes,
               absl::StrCat("redemption ", redemption.id, " wants four eyes: ", why),
               {{"redemption", redemption.id}});
}

// A person is known by the head of the members that it is, whichever sign-in it uses.
MemberKey PersonOf(const Judge& judge) {
  return judge.members.empty() ? judge.id : judge.members.front();
}

// The changes of a move, with its transfer.
DecidedRedemption PutMoved(const ports::UnitContext& unit, Redemption redemption,
                           domain::Changes changes) {
  PutAt(unit, redemption, changes);
  redemption.revision = unit.revision;
  return Decided<Redemption>{std::move(redemption), std::move(changes)};
}

// Makes a move that voids the hold.
DecidedRedemption EndHeld(ports::StoreReader& reader, const ports::UnitContext& unit,
                          const RedemptionPlace& place, RedemptionMove move,
                          const std::string& reason) {
  PERIGEE_ASSIGN_OR_RETURN(Redemption redemption, RequireRedemption(reader, place));
  PERIGEE_RETURN_IF_ERROR(domain::Make(move, unit.now, redemption));
  PERIGEE_ASSIGN_OR_RETURN(const TransferPath hold, TransferOf(place.program, redemption.hold));
  PERIGEE_ASSIGN_OR_RETURN(Decided<domain::Transfer> freed, VoidTransfer(reader, unit, hold));
  redemption.voiding = domain::FormatTransferId(freed.value.id);
  redemption.reason = reason;
  PERIGEE_RETURN_IF_ERROR(GiveBack(reader, unit, place.program, redemption.reward, freed.changes));
  return PutMoved(unit, std::move(redemption), std::move(freed.changes));
}

}  // namespace

DecidedRedemption Redeem(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, const std::string& member_id,
                         const std::string& reward_id) {
  PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, program, member_id));
  PERIGEE_ASSIGN_OR_RETURN(const Reward reward, RequireReward(reader, program, reward_id));
  PERIGEE_ASSIGN_OR_RETURN(const Member now, MemberAt(reader, program, member, unit.now));
  PERIGEE_ASSIGN_OR_RETURN(const bool may_know, MayKnow(reader, program, reward, now, unit.now));
  if (!may_know) {
    return NotFound(FormatName(kRewardPattern, {program, reward_id}));
  }
  if (reward.retired) {
    return Error(Reason::kRewardRetired, "reward " + reward.id + " is retired",
                 {{"reward", reward.id}});
  }
  domain::Changes stock;
  PERIGEE_RETURN_IF_ERROR(TakeOne(reader, unit, program, reward, stock));
  Redemption redemption;
  redemption.id = absl::StrCat(unit.revision);
  redemption.member = member.key;
  redemption.reward = reward.id;
  redemption.asset = reward.asset;
  redemption.price = reward.price;
  redemption.needs_approval = reward.needs_approval;
  redemption.four_eyes = reward.four_eyes;
  redemption.create_time = unit.now;
  redemption.expire_time = unit.now + std::chrono::days(reward.hold_days);
  PERIGEE_RETURN_IF_ERROR(domain::Make(RedemptionMove::kHold, unit.now, redemption));
  TransferOrder order;
  order.debit = {.program = program, .asset = reward.asset, .member_id = member.id};
  order.credit = {
      .program = program, .asset = reward.asset, .account = std::string(domain::kSpentAccount)};
  order.draft.amount = reward.price;
  order.draft.expire_time = redemption.expire_time;
  PERIGEE_ASSIGN_OR_RETURN(Decided<std::vector<domain::Transfer>> held,
                           PostTransfers(reader, unit, program, {order}));
  redemption.hold = domain::FormatTransferId(held.value.front().id);
  stock.ledger = std::move(held.changes.ledger);
  return PutMoved(unit, std::move(redemption), std::move(stock));
}

DecidedRedemption ApproveRedemption(ports::StoreReader& reader, const ports::UnitContext& unit,
                                    const RedemptionPlace& place, const Judge& judge) {
  PERIGEE_ASSIGN_OR_RETURN(Redemption redemption, RequireRedemption(reader, place));
  PERIGEE_RETURN_IF_ERROR(domain::Make(RedemptionMove::kApprove, unit.now, redemption));
  PERIGEE_RETURN_IF_ERROR(CheckFourEyes(reader, place.program, redemption, judge));
  redemption.approver = PersonOf(judge);
  return PutMoved(unit, std::move(redemption), {});
}

DecidedRedemption FulfilRedemption(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const RedemptionPlace& place, const Judge& judge) {
  PERIGEE_ASSIGN_OR_RETURN(Redemption redemption, RequireRedemption(reader, place));
  if (!redemption.needs_approval &&
      domain::StateOf(redemption, unit.now) == RedemptionState::kHeld) {
    PERIGEE_RETURN_IF_ERROR(domain::Make(RedemptionMove::kApprove, unit.now, redemption));
  }
  PERIGEE_RETURN_IF_ERROR(domain::Make(RedemptionMove::kFulfil, unit.now, redemption));
  PERIGEE_RETURN_IF_ERROR(CheckFourEyes(reader, place.program, redemption, judge));
  PERIGEE_ASSIGN_OR_RETURN(const TransferPath hold, TransferOf(place.program, redemption.hold));
  PERIGEE_ASSIGN_OR_RETURN(Decided<domain::Transfer> captured,
                           CaptureTransfer(reader, unit, hold, 0));
  redemption.capture = domain::FormatTransferId(captured.value.id);
  return PutMoved(unit, std::move(redemption), std::move(captured.changes));
}

DecidedRedemption RejectRedemption(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const RedemptionPlace& place, const std::string& reason) {
  return EndHeld(reader, unit, place, RedemptionMove::kReject, reason);
}

DecidedRedemption CancelRedemption(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const RedemptionPlace& place) {
  return EndHeld(reader, unit, place, RedemptionMove::kCancel, "");
}

DecidedRedemption ReturnRedemption(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const RedemptionPlace& place, const std::string& reason) {
  PERIGEE_ASSIGN_OR_RETURN(Redemption redemption, RequireRedemption(reader, place));
  PERIGEE_RETURN_IF_ERROR(domain::Make(RedemptionMove::kReturn, unit.now, redemption));
  PERIGEE_ASSIGN_OR_RETURN(const TransferPath capture,
                           TransferOf(place.program, redemption.capture));
  PERIGEE_ASSIGN_OR_RETURN(Decided<domain::Transfer> reversed,
                           ReverseTransfer(reader, unit, capture, 0));
  redemption.reversal = domain::FormatTransferId(reversed.value.id);
  redemption.reason = reason;
  PERIGEE_RETURN_IF_ERROR(
      GiveBack(reader, unit, place.program, redemption.reward, reversed.changes));
  return PutMoved(unit, std::move(redemption), std::move(reversed.changes));
}

absl::StatusOr<std::optional<int>> StockLeftAt(ports::StoreReader& reader,
                                               const std::string& program, const Reward& reward,
                                               Time now) {
  const std::optional<int> left = domain::StockLeft(reward);
  if (left != 0) {
    return left;
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Redemption> expired,
                           ExpiredOf(reader, program, reward.id, now));
  Reward settled = reward;
  settled.taken -= static_cast<int>(expired.size());
  return domain::StockLeft(settled);
}

absl::Status SettleDueRedemption(const std::string& program, Redemption redemption,
                                 ports::StoreReader& reader, const ports::UnitContext& unit,
                                 domain::Changes& changes) {
  PERIGEE_RETURN_IF_ERROR(GiveBack(reader, unit, program, redemption.reward, changes));
  domain::Expire(redemption);
  PutAt(unit, std::move(redemption), changes);
  return absl::OkStatus();
}

absl::Status EndRedemptionsOfErased(ports::StoreReader& reader, const ports::UnitContext& unit,
                                    const std::string& program,
                                    const std::vector<MemberKey>& members, bool all,
                                    domain::Changes& changes) {
  std::set<std::string> ended;
  for (const domain::Transfer& transfer : changes.ledger.transfers) {
    if (transfer.original.has_value()) {
      ended.insert(domain::FormatTransferId(*transfer.original));
    }
  }
  std::vector<Redemption> open;
  for (const MemberKey& member : members) {
    PERIGEE_RETURN_IF_ERROR(ForEach(
        reader, program, {{"member_key", std::string(member.Raw())}}, [&](const Redemption& one) {
          if (domain::IsOpen(one.state) && (all || ended.contains(one.hold))) {
            open.push_back(one);
          }
        }));
  }
  for (Redemption& one : open) {
    if (domain::StateOf(one, unit.now) == RedemptionState::kExpired) {
      domain::Expire(one);
    } else {
      domain::EndForErased(unit.now, one);
    }
    PERIGEE_RETURN_IF_ERROR(GiveBack(reader, unit, program, one.reward, changes));
    PutAt(unit, std::move(one), changes);
  }
  return absl::OkStatus();
}

absl::Status CheckNoRedemption(ports::StoreReader& reader, const TransferPath& path) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Transfer transfer, RequireTransfer(reader, path));
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<Redemption> found,
      reader.records().List<Redemption>(
          path.program,
          {{"hold", domain::FormatTransferId(transfer.original.value_or(transfer.id))}}, nullptr,
          1));
  if (found.empty()) {
    return absl::OkStatus();
  }
  return Error(Reason::kOfRedemption,
               "the transfer is of redemption " + found.front().id + ": move that instead",
               {{"redemption", found.front().id}});
}

}  // namespace perigee::use_cases
