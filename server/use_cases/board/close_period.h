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

// Which period gets a final result: its first, or, with a reason, an amendment.
struct ResultOrder {
  PeriodRef period;  // By its id.
  std::optional<std::string> amend_reason = std::nullopt;
  // Present: only of the board that this revision made, not of a later one under the same id.
  std::optional<domain::Revision> board_created = std::nullopt;
  // What the unit of work answers, given the period with its new result.
  std::function<std::string(const StoredPeriod& concluded, Time now)> answer = nullptr;
};

struct ResultLimits {
  // Entries written in one unit of work: milliseconds of the writer's time.
  std::size_t portion = 500;
  // Journal entries looked through in the unit that makes the result final, at its first try; what
  // lies further back is looked through before it.
  int looked_through = 1000;
  // How often a result is computed beside the writer. If the period changed each time, the writer
  // computes it, and whoever writes waits.
  int computed = 5;
};

// Makes a period's final result and answers when it is on disk. kPeriodFinal if it has one;
// kPeriodNotOver before its end with the grace. For an amendment: kPeriodNotFinal if there is none;
// kNothingToAmend if it would be the same as the newest. kNotFound for the board and kInvalidField
// for the period, as RequirePeriod says; a refusal has changed nothing.
//
// The result is computed from one view of the store on the calling thread. Its entries are written
// in portions (ports::DraftPortion), between which others write. The last unit looks through the
// journal from that view on and refuses a result that is not of the present state any more: then
// all begins again. So the result is of the very revision that makes it final, as if the unit had
// computed it.
//
// `unit` says for whom (programme, time, request, lease, admit, lane); its decision is made here. A
// request that was answered before gets that answer at once. Blocks; not on a thread of the store.
absl::StatusOr<ports::Outcome> MakeFinal(ports::Store& store, const ResultOrder& order,
                                         const ports::Unit& unit, const ResultLimits& limits = {});

// The same in one unit, computed by the writer: for periods that have few entries.
absl::StatusOr<ports::Decision> MakeFinalAtOnce(ports::StoreReader& reader,
                                                const ports::UnitContext& context,
                                                const ResultOrder& order);

// Removes, in portions, the drafts that nobody wrote to since `before`: those of closings that were
// given up. One that fails keeps no other back; the first failure is answered. `unit` as above.
absl::Status RemoveDrafts(ports::Store& store, const ports::Unit& unit, Time before,
                          const ResultLimits& limits = {});

}  // namespace perigee::use_cases
