#include "server/jobs/board/score_changes.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "server/core/checked.h"
#include "server/core/status_macros.h"
#include "server/domain/journal/journal.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/board/board_copies.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/board/boards.h"
#include "server/ports/member/member_directory.h"

namespace perigee::jobs {
namespace {

using domain::TransferKind;

void NoteTransfer(const domain::Transfer& transfer, const Interval& interval, Touches& touches) {
  if (transfer.kind == TransferKind::kReversal) {
    // A reversal takes effect where its original did, and may restore an older reach time.
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
      const auto gained = CheckedAdd(touch.gained, effect.score);
      touch.recompute |= !gained.has_value();
      touch.gained = gained.value_or(0);
      touch.reach_time = std::max(touch.reach_time, transfer.effective_time);
    } else {
      touch.recompute = true;
    }
  }
}

using Scores = std::unordered_map<std::string, domain::Score>;

absl::StatusOr<Scores> PresentScores(ports::Boards& boards, const ports::PeriodKey& key,
                                     std::span<const std::string> ids) {
  PERIGEE_ASSIGN_OR_RETURN(ports::Slice slice, boards.PlacesOf(key, ids));
  Scores present;
  for (domain::RankedPlace& ranked : slice.places) {
    present.emplace(std::move(ranked.place.member_id), ranked.place.score);
  }
  return present;
}

// nullopt: the score is at its limit, or would be, so only the store knows the sum behind it.
std::optional<domain::Score> Raised(domain::Score score, const Touch& touch) {
  const auto sum = CheckedAdd(score.score, touch.gained);
  if (!sum.has_value() || *sum >= domain::kScoreMax || score.score <= -domain::kScoreMax ||
      score.score >= domain::kScoreMax) {
    return std::nullopt;
  }
  return domain::Score{*sum, std::max(score.reach_time, touch.reach_time)};
}

// The ids of the touched members. A member whose id is not known is left out.
std::unordered_map<domain::MemberKey, std::string, UuidHash> IdsOf(const MembersThere& members,
                                                                   const ports::PeriodKey& key,
                                                                   const Touches& touches) {
  std::unordered_map<domain::MemberKey, std::string, UuidHash> ids;
  for (const auto& [member_key, touch] : touches) {
    if (const auto member = members.touched.find(member_key); member != members.touched.end()) {
      ids.emplace(member_key, member->second.id);
    } else if (auto id = members.directory.FindId(key.program, member_key)) {
      ids.emplace(member_key, *std::move(id));
    }
  }
  return ids;
}

}  // namespace

void NoteEntry(const domain::JournalEntry& entry, const std::string& asset,
               const Interval& interval, Touches& touches) {
  for (const domain::Transfer& transfer : entry.changes.ledger.transfers) {
    if (transfer.debit.asset == asset) {
      NoteTransfer(transfer, interval, touches);
    }
  }
  for (const domain::MemberKey& member : domain::ChangedMembers(entry.changes)) {
    Touch& touch = touches[member];
    touch.recompute = true;
    touch.member_changed = true;
  }
}

void NoteHeads(const domain::MergedMembers& merged, Touches& touches) {
  if (merged.empty()) {
    return;
  }
  std::vector<std::pair<domain::MemberKey, Touch>> of_merged;
  for (const auto& [member, touch] : touches) {
    if (merged.HeadOf(member) != member) {
      of_merged.emplace_back(member, touch);
    }
  }
  for (const auto& [member, touch] : of_merged) {
    if (!touch.member_changed) {
      touches.erase(member);  // It was merged before these entries, and has no place.
    }
    Touch& of_head = touches[merged.HeadOf(member)];
    const auto gained = CheckedAdd(of_head.gained, touch.gained);
    of_head.recompute |= touch.recompute || !gained.has_value();
    of_head.gained = gained.value_or(0);
    of_head.reach_time = std::max(of_head.reach_time, touch.reach_time);
  }
}

std::optional<PeriodChanges> PlainChanges(ports::Boards& boards,
                                          const ports::MemberDirectory& directory,
                                          const ports::PeriodKey& key, const Touches& touches) {
  PeriodChanges changes;
  if (touches.empty()) {
    return changes;
  }
  std::vector<std::pair<std::string, const Touch*>> touched;
  std::vector<std::string> ids;
  for (const auto& [member_key, touch] : touches) {
    std::optional<std::string> id = directory.FindId(key.program, member_key);
    if (touch.recompute || !id) {
      return std::nullopt;
    }
    ids.push_back(*id);
    touched.emplace_back(*std::move(id), &touch);
  }
  const absl::StatusOr<Scores> present = PresentScores(boards, key, ids);
  if (!present.ok() || present->size() != ids.size()) {
    return std::nullopt;
  }
  for (auto& [id, touch] : touched) {
    const std::optional<domain::Score> after = Raised(present->at(id), *touch);
    if (!after.has_value()) {
      return std::nullopt;
    }
    changes.scores.push_back({std::move(id), after});
  }
  changes.scores_changed = true;
  return changes;
}

absl::StatusOr<PeriodChanges> StoredChanges(const MembersThere& members,
                                            const ports::PeriodKey& key, const domain::Board& board,
                                            const Interval& interval, const Touches& touches,
                                            domain::Revision head) {
  PeriodChanges changes;
  if (touches.empty()) {
    return changes;
  }
  const auto ids = IdsOf(members, key, touches);
  std::vector<std::string> all;
  for (const auto& [member_key, id] : ids) {
    all.push_back(id);
  }
  PERIGEE_ASSIGN_OR_RETURN(const Scores present, PresentScores(members.boards, key, all));
  for (const auto& [member_key, id] : ids) {
    const Touch& touch = touches.at(member_key);
    std::optional<domain::Score> before;
    if (const auto it = present.find(id); it != present.end()) {
      before = it->second;
    }
    std::optional<domain::Score> after;
    const auto member = members.touched.find(member_key);
    if (member != members.touched.end() && domain::IsEligible(board, member->second)) {
      if (!touch.recompute) {
        after = Raised(before.value_or(domain::Score{0, kBeginningOfTime}), touch);
      }
      if (!after.has_value()) {
        PERIGEE_ASSIGN_OR_RETURN(after, members.reader.boards().FindScore(
                                            key.program, board.asset, member_key, interval, head));
      }
    }
    changes.scores.push_back({id, after});
    changes.scores_changed |= after != before;
    changes.names_changed |= touch.member_changed && (before || after);
  }
  return changes;
}

}  // namespace perigee::jobs
