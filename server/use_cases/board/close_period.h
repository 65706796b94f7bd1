#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/ports/store.h"
#include "server/use_cases/board/stored_period.h"

namespace perigee::use_cases {

// Which period gets a final result. Without a reason it is the period's first result, with a reason
// an amendment.
struct ResultOrder {
  PeriodRef period;  // By its id.
  std::optional<std::string> amend_reason = std::nullopt;
  // Present: only for the board that this revision made, not for a later one of the same id.
  std::optional<domain::Revision> board_created = std::nullopt;
  // Makes the answer of the unit of work from the period with its new result.
  std::function<std::string(const StoredPeriod& concluded, Time now)> answer = nullptr;
};

struct ResultLimits {
  // Entries written in one unit of work. Costs milliseconds of the writer's time.
  std::size_t portion = 500;
  // The most journal entries that the final unit reads at its first try. Entries further back are
  // read before that unit.
  int looked_through = 1000;
  // How often a result is computed beside the writer. If the period changed each time, the writer
  // computes it, and other writes wait.
  int computed = 5;
};

// Makes a period's final result and answers when it is on disk. kPeriodFinal if the period has one.
// kPeriodNotOver before its end with the grace. For an amendment: kPeriodNotFinal if there is no
// result; kNothingToAmend if the amendment would equal the newest result. kNotFound for the board
// and kInvalidField for the period, as RequirePeriod says. A refusal has changed nothing.
//
// The result is computed from one view of the store on the calling thread. Its entries are written
// in portions (ports::DraftPortion), and other units write between them. The last unit reads the
// journal from that view on and refuses a result that is not of the present state any more; then
// all begins again. So the result is of the very revision that makes it final, as if that unit had
// computed it.
//
// `unit` gives programme, time, request, lease, admit and lane; its decision is made here. A
// request that was answered before gets that answer at once. Blocks. Must not run on a thread of
// the store.
absl::StatusOr<ports::Outcome> MakeFinal(ports::Store& store, const ResultOrder& order,
                                         const ports::Unit& unit, const ResultLimits& limits = {});

// The same in one unit, computed by the writer, for periods with few entries.
absl::StatusOr<ports::Decision> MakeFinalAtOnce(ports::StoreReader& reader,
                                                const ports::UnitContext& context,
                                                const ResultOrder& order);

// Removes, in portions, the drafts that nobody has written to since `before`; their closings were
// given up. A failed removal does not stop the others; the first failure is returned. `unit` as
// above.
absl::Status RemoveDrafts(ports::Store& store, const ports::Unit& unit, Time before,
                          const ResultLimits& limits = {});

}  // namespace perigee::use_cases
