#include "server/jobs/lease_keeper.h"

#include <algorithm>
#include <utility>

#include "server/core/status_macros.h"
#include "server/ports/clock.h"
#include "server/ports/ids.h"

namespace perigee::jobs {

LeaseKeeper::LeaseKeeper(Parts parts, Options options,
                         std::function<void(const Change& change)> on_change)
    : parts_(parts), options_(std::move(options)), on_change_(std::move(on_change)) {}

absl::Status LeaseKeeper::RunOnce() {
  const std::lock_guard running(running_);
  if (ended_) {
    return absl::OkStatus();
  }
  absl::Status status = Renew();
  if (status.ok()) {
    const absl::StatusOr<bool> removed = RemoveTheGone();
    status = removed.status();
    if (removed.value_or(false)) {
      status = Renew();
    }
  }
  Tell();
  return status;
}

absl::Status LeaseKeeper::Renew() {
  if (server_.IsNil()) {
    const Uuid server = parts_.ids.Random();
    PERIGEE_RETURN_IF_ERROR(parts_.leases.Join(server));
    server_ = server;
  }
  // The time before the sign is sent. A server that sees the sign starts counting later.
  const Instant sent = parts_.clock.Now();
  PERIGEE_ASSIGN_OR_RETURN(const auto held, parts_.leases.Renew(server_, options_.jobs));
  if (!held.has_value()) {
    server_ = Uuid{};  // Another server removed this one as gone. It joins again under a new id.
  }
  const std::lock_guard lock(mutex_);
  held_.clear();
  if (held.has_value()) {
    held_.insert(held->begin(), held->end());
    until_ = sent + options_.length - options_.margin;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> LeaseKeeper::RemoveTheGone() {
  PERIGEE_ASSIGN_OR_RETURN(const auto present, parts_.leases.Servers());
  // The time after the signs were read. The servers that showed them start counting earlier.
  const Instant now = parts_.clock.Now();
  std::erase_if(others_, [&](const auto& other) { return !present.contains(other.first); });
  bool any = false;
  for (const auto& [server, signs] : present) {
    if (server == server_) {
      continue;
    }
    const auto [sighting, is_new] = others_.try_emplace(server, Sighting{signs, now});
    if (!is_new && sighting->second.signs != signs) {
      sighting->second = {signs, now};
    }
    if (options_.alone || now - sighting->second.since > options_.length) {
      PERIGEE_ASSIGN_OR_RETURN(const bool removed, parts_.leases.Remove(server, signs));
      any |= removed;
    }
  }
  return any;
}

std::set<ports::Lease> LeaseKeeper::HeldNow() const {
  const std::lock_guard lock(mutex_);
  return parts_.clock.Now() < until_ ? held_ : std::set<ports::Lease>();
}

std::optional<ports::Lease> LeaseKeeper::Held(std::string_view job) const {
  const std::set<ports::Lease> held = HeldNow();
  const auto lease = std::ranges::find(held, job, &ports::Lease::job);
  return lease == held.end() ? std::nullopt : std::optional(*lease);
}

bool LeaseKeeper::Holds(const ports::Lease& lease) const {
  const std::lock_guard lock(mutex_);
  return parts_.clock.Now() < until_ && held_.contains(lease);
}

void LeaseKeeper::Tell() {
  std::set<ports::Lease> held = HeldNow();
  for (const std::string& job : options_.jobs) {
    const auto any = [&](const std::set<ports::Lease>& of, const std::set<ports::Lease>& not_of) {
      return std::ranges::any_of(of, [&](const ports::Lease& lease) {
        return lease.job == job && !not_of.contains(lease);
      });
    };
    const Change change{job, any(held, told_), any(told_, held), any(held, {})};
    if (change.taken || change.lost) {
      on_change_(change);
    }
  }
  told_ = std::move(held);
}

absl::Status LeaseKeeper::GiveUp() {
  const std::lock_guard running(running_);
  ended_ = true;
  {
    const std::lock_guard lock(mutex_);
    held_.clear();
  }
  Tell();
  return server_.IsNil() ? absl::OkStatus() : parts_.leases.Remove(server_, std::nullopt).status();
}

}  // namespace perigee::jobs
