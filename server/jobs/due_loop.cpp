#include "server/jobs/due_loop.h"

#include <algorithm>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/jobs/programs.h"
#include "server/ports/clock.h"

namespace perigee::jobs {
namespace {

using std::chrono::milliseconds;

// So many go into one unit of work at most: callers who wait beside it do not wait long.
constexpr int kPage = 200;
constexpr milliseconds kRestMin{100};
constexpr milliseconds kRestMax{10'000};
// Without the lease nothing is asked, and soon after it is taken the work begins.
constexpr milliseconds kRestWithoutLease{1000};

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
      groups[{due.program, due.kind}].push_back(due);
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
  if (handler == handlers_.end() || failed_.contains(group)) {
    return;
  }
  ports::Unit unit;
  unit.background = true;
  unit.program = group.first;
  unit.now = now;
  unit.lease = lease;
  unit.by.kind = domain::PrincipalKind::kJob;
  absl::Status status = handler->second.end(parts_.store, unit, due);
  if (status.ok()) {
    status = CheckEnded(due);
  }
  if (status.ok()) {
    ended_ = true;
  } else {
    failed_.insert(group);
    first_failure_.Update(status);
  }
}

// Else the loop would come back to it at once, again and again.
absl::Status DueLoop::CheckEnded(std::span<const ports::Due> due) {
  return parts_.store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const auto standing, reader.due().Standing(due));
    return standing.empty() ? absl::OkStatus()
                            : Error(Reason::kInternal,
                                    "what was due stands after it was ended: check the store");
  });
}

absl::Status EndInOneUnit(ports::Store& store, ports::Unit unit, std::span<const ports::Due> due,
                          const DecideDue& decide) {
  unit.decide = [&, program = unit.program](
                    ports::StoreReader& reader,
                    const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<ports::Due> standing, reader.due().Standing(due));
    // Where nothing stands, all was ended in another way meanwhile.
    return standing.empty() ? ports::Decision{} : decide(program, standing, reader, context);
  };
  return WriteAndWait(store, std::move(unit)).status();
}

}  // namespace perigee::jobs
