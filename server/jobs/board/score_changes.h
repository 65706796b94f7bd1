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
class MergedMembers;
struct Board;
struct JournalEntry;
}  // namespace perigee::domain

namespace perigee::ports {
class Boards;
class MemberDirectory;
class StoreReader;
}  // namespace perigee::ports

namespace perigee::jobs {

// The effects of some journal entries on one member in one period.
struct Touch {
  std::int64_t gained = 0;  // Sum of the transfers that only add.
  Time reach_time = kBeginningOfTime;
  bool recompute = false;  // True: other changes happened too, so only the store knows the score.
  bool member_changed = false;
};
using Touches = std::unordered_map<domain::MemberKey, Touch, UuidHash>;

// Notes the entry's effects on members in a period of a board that counts `asset`. An entry that
// merges a member or parts it again changes the records of both, so both are noted.
void NoteEntry(const domain::JournalEntry& entry, const std::string& asset,
               const Interval& interval, Touches& touches);

// Notes of heads what was noted of members that are merged into them, by the state after the last
// entry. If a member was merged or parted by one of the entries, its head is noted for that
// already, and both scores are computed from the store.
void NoteHeads(const domain::MergedMembers& merged, Touches& touches);

struct PeriodChanges {
  // The new places of all touched members, including those that did not move: a copy that was moved
  // part of the way may hold them elsewhere.
  std::vector<ports::ScoreChange> scores;
  bool scores_changed = false;  // Compared with the cached places.
  bool names_changed = false;   // Of members on the board.
};

// The changes of a period, if they follow without the store: every touched member is on the board
// already, so is eligible, and only gained. Otherwise nullopt.
std::optional<PeriodChanges> PlainChanges(ports::Boards& boards,
                                          const ports::MemberDirectory& directory,
                                          const ports::PeriodKey& key, const Touches& touches);

// The sources about members: the store, the boards, and the directory, which still has the ids of
// members that are gone from the store.
struct MembersThere {
  ports::StoreReader& reader;
  ports::Boards& boards;
  const ports::MemberDirectory& directory;
  const use_cases::MembersByKey& touched;  // In this view of the store.
};
// The changes of a period by a view of the store whose head is `head`. A member who is gone from
// the store leaves the board.
absl::StatusOr<PeriodChanges> StoredChanges(const MembersThere& members,
                                            const ports::PeriodKey& key, const domain::Board& board,
                                            const Interval& interval, const Touches& touches,
                                            domain::Revision head);

}  // namespace perigee::jobs
