#include "server/jobs/due_loop.h"

#include <algorithm>
#include <cstddef>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/jobs/programs.h"
#include "server/ports/clock.h"
#include "server/ports/due_reader.h"

namespace perigee::jobs {
namespace {

using std::chrono::milliseconds;

// The most things for one unit of work, so that callers beside it do not wait long.
constexpr int kPage = 200;
constexpr milliseconds kRestMin{100};
constexpr milliseconds kRestMax{10'000};
// Without the lease the loop runs no query. This short rest lets the work begin soon after the
// lease is taken.
constexpr milliseconds kRestWithoutLease{1000};

// Whether a smaller unit may succeed. It cannot if the store fails or the lease was lost.
bool IsOfWhatIsDue(const absl::Status& status) {
  const std::optional<Reason> reason = ReasonOf(status);
  return reason != Reason::kStoreUnavailable && reason != Reason::kConflict &&
         reason != Reason::kOverloaded && reason != Reason::kShuttingDown;
}

}  // namespace

DueLoop::DueLoop(Parts parts, std::vector<DueHandler> handlers) : parts_(parts) {
  for (DueHandler& handler : handlers) {
    handlers_.insert_or_assign(handler.kind, std::move(handler));
  }
}

absl::Status DueLoop::RunOnce() {
  next_.reset();
  failed_.clear();
  first_failure_ = absl::OkStatus();
  const std::optional<ports::Lease> lease = parts_.leases.Held(kJob);
  held_ = lease.has_value();
  bool again = held_;
  while (again) {
    PERIGEE_ASSIGN_OR_RETURN(again, Pass(*lease));
  }
  return first_failure_;
}

milliseconds DueLoop::Rest() const {
  if (!held_) {
    return kRestWithoutLease;
  }
  if (!next_.has_value()) {
    return kRestMax;
  }
  return std::clamp(std::chrono::ceil<milliseconds>(*next_ - parts_.clock.Now()), kRestMin,
                    kRestMax);
}

absl::StatusOr<bool> DueLoop::Pass(const ports::Lease& lease) {
  const Time now = parts_.clock.Now();
  next_.reset();
  ended_ = false;
  std::set<std::string> deleted;
  std::vector<ports::Due> page{ports::Due{}};
  do {
    const ports::Due after = page.back();
    PERIGEE_RETURN_IF_ERROR(parts_.store.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(page, reader.due().List(after, kPage));
      return absl::OkStatus();
    }));
    std::map<Group, std::vector<ports::Due>> groups;
    for (const ports::Due& due : page) {
      if (due.time > now) {
        next_ = due.time;
        break;
      }
      if (due.kind == ports::DueKind::kDeletion) {
        deleted.insert(due.program);  // The deletion comes first, and removes the rest.
      } else if (deleted.contains(due.program)) {
        continue;
      }
      if (!failed_.contains(due)) {
        groups[{due.program, due.kind}].push_back(due);
      }
    }
    for (const auto& [group, due] : groups) {
      if (!parts_.leases.Holds(lease)) {
        return false;
      }
      End(lease, group, due, now);
    }
  } while (!next_.has_value() && page.size() == kPage);
  return ended_;
}

void DueLoop::End(const ports::Lease& lease, const Group& group, std::span<const ports::Due> due,
                  Time now) {
  const auto handler = handlers_.find(group.second);
  if (handler == handlers_.end()) {
    return;
  }
  ports::Unit unit;
  unit.background = true;
  unit.program = group.first;
  unit.now = now;
  unit.lease = lease;
  unit.in_closed = true;  // Time goes on there.
  unit.by.kind = domain::PrincipalKind::kJob;
  first_failure_.Update(handler->second.end(parts_.store, unit, due));
  const absl::StatusOr<std::vector<ports::Due>> still_due = StillDue(due);
  if (!still_due.ok()) {
    first_failure_.Update(still_due.status());
    failed_.insert(due.begin(), due.end());
    return;
  }
  if (!still_due->empty()) {
    first_failure_.Update(Error(Reason::kInternal,
                                "a due thing is still listed after it was ended: check the store"));
  }
  // Otherwise the loop would try it again at once, without end.
  failed_.insert(still_due->begin(), still_due->end());
  ended_ |= still_due->size() < due.size();
}

absl::StatusOr<std::vector<ports::Due>> DueLoop::StillDue(std::span<const ports::Due> due) {
  std::vector<ports::Due> still_due;
  PERIGEE_RETURN_IF_ERROR(parts_.store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(still_due, reader.due().StillDue(due));
    return absl::OkStatus();
  }));
  return still_due;
}

absl::Status EndInUnits(ports::Store& store, ports::Unit unit, std::span<const ports::Due> due,
                        const DecideDue& decide) {
  unit.decide = [&, program = unit.program](
                    ports::StoreReader& reader,
                    const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<ports::Due> still_due, reader.due().StillDue(due));
    // If nothing is left, another unit has ended all of it meanwhile.
    return still_due.empty() ? ports::Decision{} : decide(program, still_due, reader, context);
  };
  absl::Status status = WriteAndWait(store, unit).status();
  if (status.ok() || due.size() <= 1 || !IsOfWhatIsDue(status)) {
    return status;
  }
  const std::size_t half = due.size() / 2;
  status = EndInUnits(store, unit, due.first(half), decide);
  status.Update(EndInUnits(store, unit, due.subspan(half), decide));
  return status;
}

absl::Status EndWithKeys(ports::Store& store, const ports::Unit& unit,
                         std::span<const ports::Due> due, const DecideDue& decide) {
  PERIGEE_RETURN_IF_ERROR(EndInUnits(store, unit, due, decide));
  return EndInUnits(store, unit, due, decide);
}

}  // namespace perigee::jobs
