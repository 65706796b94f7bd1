#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/record/wire.h"
#include "server/jobs/due_loop.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"

namespace perigee::jobs {

// Decides what happens to a record that is due at the unit's time: `changes` puts it with another
// due time or none, or deletes it.
template <class R>
using DecideDueRecord =
    std::function<absl::Status(const std::string& program, R record, ports::StoreReader& reader,
                               const ports::UnitContext& unit, domain::Changes& changes)>;

// Applies `decide` to each record of type R that falls due.
template <class R>
DueHandler EndRecords(DecideDueRecord<R> decide) {
  const domain::RecordType& type = domain::TypeOf<R>();
  const auto decide_all = [&type, decide = std::move(decide)](
                              const std::string& program, std::span<const ports::Due> due,
                              ports::StoreReader& reader,
                              const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
    ports::Decision decision;
    for (const ports::Due& one : due) {
      const std::shared_ptr<void> like = domain::DecodeRecord(type, one.key, {}, 0);
      if (like == nullptr) {
        return Error(Reason::kInternal, "the key of a due thing cannot be read");
      }
      PERIGEE_ASSIGN_OR_RETURN(std::optional<R> record,
                               reader.records().Find(program, *static_cast<const R*>(like.get())));
      if (!record.has_value()) {
        return Error(Reason::kInternal, "the record of a due thing is gone");
      }
      PERIGEE_RETURN_IF_ERROR(decide(program, *std::move(record), reader, unit, decision.changes));
    }
    return decision;
  };
  return {ports::DueKindOf(type), [decide_all](ports::Store& store, const ports::Unit& unit,
                                               std::span<const ports::Due> due) {
            return EndInUnits(store, unit, due, decide_all);
          }};
}

// The same, each record in a unit of its own: for changes of which one unit can make only one.
template <class R>
DueHandler EndRecordsSingly(DecideDueRecord<R> decide) {
  DueHandler together = EndRecords<R>(std::move(decide));
  return {together.kind,
          [end = std::move(together.end)](ports::Store& store, const ports::Unit& unit,
                                          std::span<const ports::Due> due) {
            absl::Status status;
            for (const ports::Due& one : due) {
              status.Update(end(store, unit, {&one, 1}));
            }
            return status;
          }};
}

}  // namespace perigee::jobs
