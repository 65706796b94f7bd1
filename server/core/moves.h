#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace perigee {

// One line of a machine's table of moves: a move that is open in `from`, and the state right after
// it. What a table does not list is refused. Time moves on without a move.
template <class State, class Move>
struct Step {
  State from;
  Move move;
  State to;
};

// kIllegalMove for `what`, such as `nomination 12`. The message and the metadata name the state,
// the move, and the moves that are open (`open_moves`, joined by `,`).
absl::Status IllegalMove(std::string_view what, std::string_view state, std::string_view move,
                         const std::vector<std::string>& open);

// The state after the move. Otherwise IllegalMove, with names by NameOf(State) and NameOf(Move).
template <class State, class Move>
absl::StatusOr<State> After(std::span<const Step<State, Move>> table, State state, Move move,
                            std::string_view what) {
  std::vector<std::string> open;
  for (const Step<State, Move>& step : table) {
    if (step.from == state) {
      if (step.move == move) {
        return step.to;
      }
      open.emplace_back(NameOf(step.move));
    }
  }
  return IllegalMove(what, NameOf(state), NameOf(move), open);
}

}  // namespace perigee
