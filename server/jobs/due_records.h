#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/record/wire.h"
#include "server/jobs/due_loop.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"

namespace perigee::jobs {

// The record of a due thing, if it is there.
template <class R>
absl::StatusOr<std::optional<R>> FindRecordOf(const ports::Due& due, ports::StoreReader& reader) {
  const std::shared_ptr<void> like = domain::DecodeRecord(domain::TypeOf<R>(), due.key, {}, 0);
  if (like == nullptr) {
    return Error(Reason::kInternal, "the key of a due thing cannot be read");
  }
  return reader.records().Find(due.program, *static_cast<const R*>(like.get()));
}

// Decides what happens to a record that is due at the unit's time: `changes` puts it with another
// due time or none, or deletes it.
template <class R>
using DecideDueRecord =
    std::function<absl::Status(const std::string& program, R record, ports::StoreReader& reader,
                               const ports::UnitContext& unit, domain::Changes& changes)>;

// The same of several records.
template <class R>
using DecideDueRecords = std::function<absl::Status(
    const std::string& program, std::vector<R> records, ports::StoreReader& reader,
    const ports::UnitContext& unit, domain::Changes& changes)>;

// Applies `decide` to the records of type R that fall due, at most `together` in one unit.
template <class R>
DueHandler EndRecordsTogether(DecideDueRecords<R> decide, std::size_t together) {
  const auto decide_all = [decide = std::move(decide)](
                              const std::string& program, std::span<const ports::Due> due,
                              ports::StoreReader& reader,
                              const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
    std::vector<R> records;
    for (const ports::Due& one : due) {
      PERIGEE_ASSIGN_OR_RETURN(std::optional<R> record, FindRecordOf<R>(one, reader));
      if (!record.has_value()) {
        return Error(Reason::kInternal, "the record of a due thing is gone");
      }
      records.push_back(*std::move(record));
    }
    ports::Decision decision;
    PERIGEE_RETURN_IF_ERROR(decide(program, std::move(records), reader, unit, decision.changes));
    return decision;
  };
  return {ports::DueKindOf(domain::TypeOf<R>()),
          [decide_all, together](ports::Store& store, const ports::Unit& unit,
                                 std::span<const ports::Due> due) {
            absl::Status status;
            while (!due.empty()) {
              const std::size_t some = std::min(together, due.size());
              status.Update(EndInUnits(store, unit, due.first(some), decide_all));
              due = due.subspan(some);
            }
            return status;
          }};
}

// The same, one record after the other.
template <class R>
DueHandler EndRecords(DecideDueRecord<R> decide,
                      std::size_t together = std::numeric_limits<std::size_t>::max()) {
  return EndRecordsTogether<R>(
      [decide = std::move(decide)](const std::string& program, std::vector<R> records,
                                   ports::StoreReader& reader, const ports::UnitContext& unit,
                                   domain::Changes& changes) -> absl::Status {
        for (R& record : records) {
          PERIGEE_RETURN_IF_ERROR(decide(program, std::move(record), reader, unit, changes));
        }
        return absl::OkStatus();
      },
      together);
}

// The same, each record in a unit of its own: for changes of which one unit can make only one.
template <class R>
DueHandler EndRecordsSingly(DecideDueRecord<R> decide) {
  return EndRecords<R>(std::move(decide), 1);
}

// Applies each rule that falls due, a record of type R, to all members: a portion of them for each
// unit of work, so that others write in between. `find`, (StoreReader&, program, R, Time) →
// StatusOr<Portion>, says from a view what the rule changes for the members after
// R::applied_up_to; see use_cases::BadgeView::Portion. `settle` applies those findings to the
// programme as it is at the unit. If R::rule_version changes meanwhile, the portion is dropped.
template <class R, class Find, class Settle>
DueHandler ApplyToEverybody(Find find, Settle settle) {
  const auto apply = [find, settle](ports::Store& store, const ports::Unit& unit,
                                    const ports::Due& due) -> absl::Status {
    std::optional<R> seen;
    typename std::invoke_result_t<Find, ports::StoreReader&, std::string, R, Time>::value_type
        portion;
    PERIGEE_RETURN_IF_ERROR(store.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(seen, FindRecordOf<R>(due, reader));
      if (seen.has_value()) {
        PERIGEE_ASSIGN_OR_RETURN(portion, find(reader, due.program, *seen, unit.now));
      }
      return absl::OkStatus();
    }));
    return EndInUnits(
        store, unit, {&due, 1},
        [&](const std::string& program, std::span<const ports::Due>, ports::StoreReader& reader,
            const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
          ports::Decision decision;
          PERIGEE_ASSIGN_OR_RETURN(std::optional<R> rule, FindRecordOf<R>(due, reader));
          if (!seen.has_value() || !rule.has_value() || rule->rule_version != seen->rule_version ||
              rule->applied_up_to != seen->applied_up_to) {
            return decision;  // The next run looks at it anew.
          }
          PERIGEE_RETURN_IF_ERROR(
              settle(reader, context, program, portion.findings, decision.changes));
          rule->applied_up_to = portion.last;
          rule->due_time.reset();
          if (!portion.last.IsNil()) {
            // A later time, so that the rest is another due thing.
            rule->due_time = context.now + Duration(1);
          }
          rule->revision = context.revision;
          decision.changes.records.Put(*std::move(rule));
          return decision;
        });
  };
  return {ports::DueKindOf(domain::TypeOf<R>()),
          [apply](ports::Store& store, const ports::Unit& unit, std::span<const ports::Due> due) {
            absl::Status status;
            for (const ports::Due& one : due) {
              status.Update(apply(store, unit, one));
            }
            return status;
          }};
}

}  // namespace perigee::jobs
