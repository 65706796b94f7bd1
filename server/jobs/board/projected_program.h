#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "server/core/civil_time.h"
#include "server/core/time.h"
#include "server/domain/board/board.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/board/board_copies.h"

namespace perigee::jobs {

// A board as defined at some revision. Never changes.
struct BoardDefinition {
  domain::Board board;
  Zone zone;
};
using DefinitionPtr = std::shared_ptr<const BoardDefinition>;

// A period that the in-process cache holds or will hold. Its non-const members are guarded by the
// mutex of its programme.
struct HeldPeriod {
  enum class State {
    kBuilding,    // One thread builds it from the store. The other threads wait.
    kCatchingUp,  // Built, but behind the programme's revision.
    kReady,
    kResting,  // Built, but behind, because nobody reads it. Its next reader lets it catch up.
    kGone,     // Failed (see `failure`) or dropped. The caller must look it up again.
  };

  HeldPeriod(ports::PeriodKey period_key, DefinitionPtr of, domain::Period which)
      : key(std::move(period_key)), definition(std::move(of)), period(std::move(which)) {}

  const ports::PeriodKey key;
  const DefinitionPtr definition;
  const domain::Period period;

  State state = State::kBuilding;
  absl::Status failure;
  ports::Mark mark;              // The mark in the in-process cache.
  domain::Revision through = 0;  // Every entry up to it is applied.
  std::uint64_t version = 0;
  std::uint64_t last_use = 0;
  Time last_read = kBeginningOfTime;
  // True while the cache is being changed: a read may be newer than the version says.
  bool moving = false;
  bool final = false;
  bool shared = false;  // Handed to the shared cache too.
};
using PeriodPtr = std::shared_ptr<HeldPeriod>;

// The projection's state of one programme.
struct ProjectedProgram {
  explicit ProjectedProgram(std::string program_id) : id(std::move(program_id)) {}

  const std::string id;
  // Held while entries are applied, so that passes run one after another. Taken before `mutex`.
  std::mutex applying;
  // Members whose names could not be read again yet. Guarded by `applying`.
  std::set<domain::MemberKey> old_names;
  // At the last entry that was noted: at `projected`, or further if a pass failed, which the next
  // one makes good. Guarded by `applying`.
  domain::MergedMembers merged;
  // Held while terms are settled. Taken before `applying`.
  std::mutex settling;

  std::mutex mutex;  // Guards the rest.
  std::condition_variable moved;
  bool forgotten = false;          // The programme was deleted. This is not kept any more.
  domain::Revision projected = 0;  // Every ready period holds everything up to it.
  bool has_merged = false;         // Members are merged at that revision.
  // From then on time alone has changed members, so no read is right before that is settled.
  Time next_term = kBeginningOfTime;
  // The earliest such time in entries that were applied since the last settling began.
  Time noted_term = kEndOfTime;
  // A copy in the shared cache that is older than this may name a member who is gone.
  domain::Revision copies_since = 0;
  std::map<std::string, DefinitionPtr> boards;
  std::map<ports::PeriodKey, PeriodPtr> periods;
  // Periods by board and by the period id, or `current`, of a query, so that a read need not
  // resolve the name again. Periods that are no longer ready are skipped.
  std::map<std::string, std::map<std::string, PeriodPtr>> asked;
  std::uint64_t uses = 0;
  Time shared_at = kBeginningOfTime;  // The last look at which periods the shared cache holds.

  // False: at the last pass nobody read or watched a board, and nobody has since.
  std::atomic<bool> looked_at{true};
  // After a pass the next one waits this long for more entries, if nobody waits for one. A pass
  // that takes long is worth more entries.
  std::atomic<std::chrono::milliseconds> pause{std::chrono::milliseconds(0)};
};
using ProgramPtr = std::shared_ptr<ProjectedProgram>;

}  // namespace perigee::jobs
