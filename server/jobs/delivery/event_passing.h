#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "server/domain/record/revision.h"
#include "server/jobs/journal/follower.h"
#include "server/use_cases/delivery/webhooks.h"

namespace perigee::domain {
struct JournalEntry;
}  // namespace perigee::domain

namespace perigee::ports {
class Clock;
class Store;
}  // namespace perigee::ports

namespace perigee::jobs {

// Follows the journal and makes a delivery for each event that a webhook wants. Each webhook has a
// cursor of its own, so one that sends nothing holds up no other. The deliveries and the move of
// the cursor are one transaction, so each event counts once, also with several servers. Entries
// without events cost no write. Writers never wait for it.
class EventPassing {
 public:
  struct Parts {
    ports::Store& store;
    ports::Clock& clock;
    ports::Executor& executor;
    ports::Telemetry& telemetry;
  };
  // All parts must outlive it.
  explicit EventPassing(Parts parts);

  // Makes it look at programmes that moved on before it existed.
  absl::Status Start();
  void Stop() { follower_.Stop(); }

 private:
  struct Followed {
    use_cases::WebhookNow now;
    domain::Revision cursor = 0;  // In the store, as far as it is known.
    domain::Revision seen = 0;    // It wants no event after the cursor and up to this entry.
  };
  // What is known of a programme from its entries up to `looked`.
  struct Known {
    domain::Revision looked = 0;
    std::map<std::string, Followed> webhooks;
  };

  absl::Status CatchUp(const std::string& program, domain::Revision head);
  absl::StatusOr<Known*> Look(const std::string& program);
  static void Apply(const domain::JournalEntry& entry, Known& known);
  absl::Status Advance(const std::string& program, domain::Revision to, Followed& webhook);

  const Parts parts_;
  std::map<std::string, Known> known_;  // By programme. Used on the worker only.
  Follower follower_;
};

}  // namespace perigee::jobs
