#include "server/adapters/sql/write_queue.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/core/error.h"
#include "server/domain/access/principal.h"

namespace perigee::sql {
namespace {

constexpr int kOthersShare = 9;

// Single writes of a programme wait in one lane, its streams in another. No id contains a `/`.
std::string LaneOf(const ports::Unit& unit) {
  return unit.background ? unit.program + "/background" : unit.program;
}

void Move(FairQueue<WaitingUnit>& queue, std::size_t most, WriteQueue::TimePoint now,
          std::vector<WriteQueue::Taken>& taken) {
  while (!queue.empty() && taken.size() < most) {
    taken.push_back(queue.Take(now));
  }
}

}  // namespace

bool WaitingUnit::IsOfJob() const {
  return unit.background && unit.by.kind == domain::PrincipalKind::kJob;
}

absl::Status WriteQueue::Push(WaitingUnit& waiting, TimePoint now) {
  FairQueue<WaitingUnit>& queue = waiting.IsOfJob() ? jobs_ : others_;
  const std::string lane = LaneOf(waiting.unit);
  if (!queue.HasRoom(lane, now)) {
    return Overloaded("too many writes wait", queue.ComeBackAfter(now));
  }
  queue.Push(lane, std::move(waiting), now);
  return absl::OkStatus();
}

std::vector<WriteQueue::Taken> WriteQueue::Take(std::size_t most, TimePoint now) {
  std::vector<Taken> taken;
  if (!jobs_.empty() && owed_.count() == 0) {
    Move(jobs_, 1, now, taken);
  } else {
    taken.reserve(std::min(others_.size(), most));
    Move(others_, most, now, taken);
  }
  return taken;
}

std::vector<WriteQueue::Taken> WriteQueue::TakeAll(TimePoint now) {
  std::vector<Taken> taken;
  Move(others_, others_.size(), now, taken);
  Move(jobs_, taken.size() + jobs_.size(), now, taken);
  return taken;
}

void WriteQueue::JobWorked(nanoseconds took) {
  // Nothing is owed to others who did not wait for it.
  if (!others_.empty()) {
    owed_ = kOthersShare * took;
  }
}

void WriteQueue::OthersWorked(nanoseconds took, nanoseconds each, std::size_t items) {
  others_.Worked(each, items);
  owed_ = std::max(owed_ - took, nanoseconds(0));
}

}  // namespace perigee::sql
