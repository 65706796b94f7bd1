#include "server/core/moves.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/core/error.h"

namespace perigee {

absl::Status IllegalMove(std::string_view what, std::string_view state, std::string_view move,
                         const std::vector<std::string>& open) {
  return Error(Reason::kIllegalMove,
               absl::StrCat(std::string(what), " is ", std::string(state),
                            ", which does not allow ", std::string(move), "; open moves: ",
                            open.empty() ? std::string("none") : absl::StrJoin(open, ", ")),
               {{"state", std::string(state)},
                {"move", std::string(move)},
                {"open_moves", absl::StrJoin(open, ",")}});
}

}  // namespace perigee
