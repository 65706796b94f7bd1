#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/board/board.h"
#include "server/domain/journal/journal.h"
#include "server/ports/board/boards.h"
#include "server/ports/board/standings.h"
#include "server/ports/store.h"

namespace perigee::jobs {

// What some journal entries did to one member in one period.
struct Touch {
  std::int64_t gained = 0;  // By what only adds.
  Time reach_time = kBeginningOfTime;
  bool recompute = false;  // Something else happened too: only the store knows the score.
  bool member_changed = false;
};
using Touches = std::unordered_map<domain::MemberKey, Touch, UuidHash>;

// Notes what the entry did to members on a board that counts `asset`, in a period.
void NoteEntry(const domain::JournalEntry& entry, const std::string& asset,
               const Interval& interval, Touches& touches);

struct PeriodChanges {
  // Where everybody touched stands now, also who stands where he stood: whoever applies it to a
  // copy that went part of the way may have him elsewhere.
  std::vector<ports::ScoreChange> scores;
  bool scores_changed = false;  // From what is cached.
  bool names_changed = false;   // Of members who stand there.
};

// What the touches make of a period as `boards` holds it. `members` are the touched ones as they
// stand in this view of the store, whose head is `head`.
absl::StatusOr<PeriodChanges> Settle(ports::StoreReader& reader, ports::Boards& boards,
                                     const ports::PeriodKey& key, const domain::Board& board,
                                     const Interval& interval, const Touches& touches,
                                     const ports::MembersByKey& members, domain::Revision head);

}  // namespace perigee::jobs
