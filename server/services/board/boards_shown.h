#pragma once

#include <functional>
#include <string>
#include <utility>

#include "server/ports/board/board_view.h"
#include "server/services/call.h"

namespace perigee::services {

// For Change::more: the answer adds nothing, and waits until reads of this server's boards show the
// change, at most two seconds. For what must be gone from boards when its caller hears so. `view`
// must outlive the call.
inline AnswerMore OnceBoardsShow(ports::BoardView& view, std::string program) {
  return [&view, program = std::move(program)](const CallContext&, const ports::Outcome& outcome,
                                               std::function<void(std::string)> then) {
    view.WhenReached(program, outcome.revision, [then = std::move(then)] { then(""); });
  };
}

}  // namespace perigee::services
