#include "server/use_cases/delivery/queue.h"

#include <set>
#include <utility>

#include "server/core/status_macros.h"
#include "server/core/time.h"
#include "server/domain/journal/changes.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"

namespace perigee::use_cases {
namespace {

using domain::Delivery;
using domain::DeliveryState;

constexpr int kPage = 500;

bool IsSame(const Delivery& one, const Delivery* other) {
  return other != nullptr && one.webhook == other->webhook && one.event == other->event &&
         one.place == other->place;
}

void PutDue(const ports::UnitContext& unit, Delivery delivery, std::optional<Time> due,
            domain::Changes& changes) {
  delivery.due_time = due;
  delivery.revision = unit.revision;
  changes.records.Put(std::move(delivery));
}

}  // namespace

absl::StatusOr<std::vector<Delivery>> DeliveriesIn(ports::StoreReader& reader,
                                                   const std::string& program,
                                                   const std::string& webhook,
                                                   DeliveryState state) {
  std::vector<Delivery> all;
  std::vector<Delivery> page;
  do {
    PERIGEE_ASSIGN_OR_RETURN(
        page, reader.records().List<Delivery>(
                  program, {{"webhook", webhook}, {"state", static_cast<std::int64_t>(state)}},
                  all.empty() ? nullptr : &all.back(), kPage));
    all.insert(all.end(), page.begin(), page.end());
  } while (std::cmp_equal(page.size(), kPage));
  return all;
}

absl::StatusOr<std::optional<Delivery>> FirstWaiting(ports::StoreReader& reader,
                                                     const std::string& program,
                                                     const std::string& webhook,
                                                     const std::string& subject,
                                                     const Delivery* but) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Delivery> first,
                           reader.records().List<Delivery>(
                               program,
                               {{"webhook", webhook},
                                {"subject", subject},
                                {"state", static_cast<std::int64_t>(DeliveryState::kWaiting)}},
                               nullptr, 2));
  for (Delivery& one : first) {
    if (!IsSame(one, but)) {
      return std::optional(std::move(one));
    }
  }
  return std::optional<Delivery>();
}

absl::Status HoldAll(ports::StoreReader& reader, const ports::UnitContext& unit,
                     const std::string& program, const std::string& webhook, const Delivery* but,
                     domain::Changes& changes) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Delivery> waiting,
                           DeliveriesIn(reader, program, webhook, DeliveryState::kWaiting));
  for (Delivery& one : waiting) {
    if (one.due_time.has_value() && !IsSame(one, but)) {
      PutDue(unit, std::move(one), std::nullopt, changes);
    }
  }
  return absl::OkStatus();
}

void ReleaseAll(const ports::UnitContext& unit, std::vector<Delivery> waiting,
                domain::Changes& changes) {
  std::set<std::string> subjects;
  for (Delivery& one : waiting) {
    if (subjects.insert(one.subject).second && !one.due_time.has_value()) {
      PutDue(unit, std::move(one), unit.now, changes);
    }
  }
}

absl::Status ReleaseNext(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, const Delivery& done,
                         domain::Changes& changes) {
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Delivery> next,
                           FirstWaiting(reader, program, done.webhook, done.subject, &done));
  if (next.has_value() && !next->due_time.has_value()) {
    PutDue(unit, *std::move(next), unit.now, changes);
  }
  return absl::OkStatus();
}

}  // namespace perigee::use_cases
