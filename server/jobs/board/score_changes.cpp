#include "server/jobs/board/score_changes.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/core/status_macros.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member.h"
#include "server/ports/board/board_reader.h"

namespace perigee::jobs {
namespace {

using domain::TransferKind;

void NoteTransfer(const domain::Transfer& transfer, const Interval& interval, Touches& touches) {
  if (transfer.kind == TransferKind::kReversal) {
    // It takes effect where its original did, and may give back an older reach time.
    for (const domain::MemberKey& member : {transfer.debit.member, transfer.credit.member}) {
      if (!member.IsNil()) {
        touches[member].recompute = true;
      }
    }
    return;
  }
  if (!interval.Contains(transfer.effective_time)) {
    return;
  }
  for (const domain::ScoreEffect& effect : domain::ScoreEffects(transfer)) {
    Touch& touch = touches[effect.member];
    const bool plain =
        transfer.kind == TransferKind::kPosted || transfer.kind == TransferKind::kCapture;
    if (plain && effect.score > 0) {
      touch.gained += effect.score;
      touch.reach_time = std::max(touch.reach_time, transfer.effective_time);
    } else {
      touch.recompute = true;
    }
  }
}

absl::StatusOr<std::unordered_map<std::string, domain::Score>> Present(
    ports::Boards& boards, const ports::PeriodKey& key, const Touches& touches,
    const ports::MembersByKey& members) {
  std::vector<std::string> ids;
  ids.reserve(touches.size());
  for (const auto& [member_key, touch] : touches) {
    if (const auto member = members.find(member_key); member != members.end()) {
      ids.push_back(member->second.id);
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(ports::Slice slice, boards.Find(key, ids));
  std::unordered_map<std::string, domain::Score> present;
  for (domain::RankedPlace& ranked : slice.places) {
    present.emplace(std::move(ranked.place.member_id), ranked.place.score);
  }
  return present;
}

}  // namespace

void NoteEntry(const domain::JournalEntry& entry, const std::string& asset,
               const Interval& interval, Touches& touches) {
  for (const domain::Transfer& transfer : entry.changes.ledger.transfers) {
    if (transfer.debit.asset == asset) {
      NoteTransfer(transfer, interval, touches);
    }
  }
  for (const domain::Member* member : entry.changes.records.All<domain::Member>()) {
    Touch& touch = touches[member->key];
    touch.recompute = true;
    touch.member_changed = true;
  }
}

absl::StatusOr<PeriodChanges> Settle(ports::StoreReader& reader, ports::Boards& boards,
                                     const ports::PeriodKey& key, const domain::Board& board,
                                     const Interval& interval, const Touches& touches,
                                     const ports::MembersByKey& members, domain::Revision head) {
  PeriodChanges changes;
  if (touches.empty()) {
    return changes;
  }
  PERIGEE_ASSIGN_OR_RETURN(auto present, Present(boards, key, touches, members));
  for (const auto& [member_key, touch] : touches) {
    const auto member = members.find(member_key);
    if (member == members.end()) {
      continue;
    }
    const std::string& id = member->second.id;
    std::optional<domain::Score> before;
    if (const auto it = present.find(id); it != present.end()) {
      before = it->second;
    }
    std::optional<domain::Score> after;
    if (domain::IsEligible(board, member->second)) {
      if (touch.recompute) {
        PERIGEE_ASSIGN_OR_RETURN(
            after, reader.boards().FindScore(key.program, board.asset, member_key, interval, head));
      } else {
        after = before.value_or(domain::Score{0, kBeginningOfTime});
        after->score += touch.gained;
        after->reach_time = std::max(after->reach_time, touch.reach_time);
      }
    }
    changes.scores.push_back({id, after});
    changes.scores_changed |= after != before;
    changes.names_changed |= touch.member_changed && (before || after);
  }
  return changes;
}

}  // namespace perigee::jobs
