#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "server/ports/board/board_copies.h"
#include "server/use_cases/board/standings.h"

namespace perigee::domain {
struct Board;
struct JournalEntry;
}  // namespace perigee::domain

namespace perigee::ports {
class Boards;
class MemberDirectory;
class StoreReader;
}  // namespace perigee::ports

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

// What the touches make of a period, where that is known without the store: everybody touched
// stands there already, so is eligible, and only gained. nullopt where it is not so.
std::optional<PeriodChanges> PlainChanges(ports::Boards& boards,
                                          const ports::MemberDirectory& directory,
                                          const ports::PeriodKey& key, const Touches& touches);

// What is known of members: in the store, on the boards, and by the directory, which still has the
// ids of those who are gone from the store.
struct MembersThere {
  ports::StoreReader& reader;
  ports::Boards& boards;
  const ports::MemberDirectory& directory;
  const use_cases::MembersByKey& touched;  // As they stand in this view of the store.
};
// What the touches make of a period by a view of the store whose head is `head`. Who is gone from
// the store leaves the board.
absl::StatusOr<PeriodChanges> StoredChanges(const MembersThere& members,
                                            const ports::PeriodKey& key, const domain::Board& board,
                                            const Interval& interval, const Touches& touches,
                                            domain::Revision head);

}  // namespace perigee::jobs
