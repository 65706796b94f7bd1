#pragma once

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
#include "server/domain/board/board.h"
#include "server/ports/board/board_copies.h"

namespace perigee::jobs {

// A board as it is defined at some revision. Never changes.
struct BoardDefinition {
  domain::Board board;
  Zone zone;
};
using DefinitionPtr = std::shared_ptr<const BoardDefinition>;

// A period that the in-process cache holds, or is about to. What is not const is guarded by the
// mutex of its programme.
struct HeldPeriod {
  enum class State {
    kBuilding,    // Somebody builds it from the store; the others wait.
    kCatchingUp,  // Built, at a revision that the programme has left behind.
    kReady,
    kGone,  // Failed (see `failure`), or let go: look it up again.
  };

  HeldPeriod(ports::PeriodKey period_key, DefinitionPtr of, domain::Period which)
      : key(std::move(period_key)), definition(std::move(of)), period(std::move(which)) {}

  const ports::PeriodKey key;
  const DefinitionPtr definition;
  const domain::Period period;

  State state = State::kBuilding;
  absl::Status failure;
  ports::Mark mark;              // As the in-process cache has it.
  domain::Revision through = 0;  // Every entry up to it is in.
  std::uint64_t version = 0;
  std::uint64_t last_use = 0;
  // Being changed in the cache: what is read of it may be newer than its version says.
  bool moving = false;
  bool from_copy = false;  // It may name members whom the directory does not know.
  bool final = false;
  bool shared = false;  // Told to be in the shared cache too.
};
using PeriodPtr = std::shared_ptr<HeldPeriod>;

// What the projection knows of one programme.
struct ProjectedProgram {
  explicit ProjectedProgram(std::string program_id) : id(std::move(program_id)) {}

  const std::string id;
  // Held while entries are applied, so that one pass follows another. Before `mutex`.
  std::mutex applying;
  std::set<domain::MemberKey> old_names;  // Could not be read anew yet. Guarded by `applying`.

  std::mutex mutex;  // Guards the rest.
  std::condition_variable moved;
  domain::Revision projected = 0;  // Every ready period holds everything up to it.
  // A copy in the shared cache that is older may name somebody who is gone.
  domain::Revision copies_since = 0;
  std::map<std::string, DefinitionPtr> boards;
  std::map<ports::PeriodKey, PeriodPtr> periods;
  // Some of them by board and by how they are asked for, an id or `current`, so that a read need
  // not find out again what that is. What is no longer ready is skipped.
  std::map<std::string, std::map<std::string, PeriodPtr>> asked;
  std::uint64_t uses = 0;
};
using ProgramPtr = std::shared_ptr<ProjectedProgram>;

}  // namespace perigee::jobs
