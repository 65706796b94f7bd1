#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {
struct JournalEntry;
}  // namespace perigee::domain

namespace perigee::ports {
class Clock;
class Store;
struct Lease;
}  // namespace perigee::ports

namespace perigee::use_cases {
struct PushLook;
}  // namespace perigee::use_cases

namespace perigee::jobs {

class LeaseKeeper;

// Puts what inboxes have to push on its way to the devices of their members, on the server that
// holds the lease of the loop of due things. It follows the journal and the clock, and looks only
// at persons with devices whom an entry may concern, or whose instant has come. Up to where was
// pushed is stored with the notices, so nothing is pushed twice, and nothing is missed while no
// server does it. Runs of it must not overlap.
class InboxPushing {
 public:
  struct Parts {
    ports::Store& store;
    ports::Clock& clock;
    const LeaseKeeper& leases;
  };
  // All parts must outlive it.
  explicit InboxPushing(Parts parts);

  // Looks at a portion of those who may have news, if this server holds the lease. A failed look or
  // unit does not stop the others, and is tried again. Returns the first failure.
  absl::Status RunOnce();
  // How long to rest after a run.
  std::chrono::milliseconds Rest();

 private:
  struct Heard {
    bool deleted = false;  // Before it came to `head`.
    domain::Revision head = 0;
  };
  struct Person {
    std::vector<domain::MemberKey> members;
    std::vector<std::string> waits_for;  // Items.
    Time again = kEndOfTime;
  };
  struct Programme {
    domain::Revision seen = 0;                    // Whom entries up to it concern is in `to_look`.
    std::map<domain::MemberKey, Person> persons;  // With devices, by their heads.
    std::map<domain::MemberKey, domain::MemberKey> head_of;
    std::set<domain::MemberKey> to_look;  // Any member of a person.
  };

  void Hear(const std::string& program, domain::Revision head);
  std::map<std::string, Heard> TakeHeard();
  // Takes up a programme, or learns from its new entries.
  absl::Status Learn(const std::string& program);
  absl::Status TakeUp(const std::string& program, Programme& programme);
  static void Apply(const domain::JournalEntry& entry, Programme& programme);
  absl::Status LookAtSome(const ports::Lease& lease, const std::string& program,
                          Programme& programme);
  static void Forget(const domain::MemberKey& member, Programme& programme);
  static void Note(use_cases::PushLook look, Programme& programme);
  // Also one by one if a unit for all of them fails.
  absl::Status Push(const ports::Lease& lease, const std::string& program,
                    std::span<const domain::MemberKey> members, Programme& programme);
  absl::Status Write(const ports::Lease& lease, const std::string& program,
                     std::span<const domain::MemberKey> members);

  const Parts parts_;
  std::map<std::string, Programme> programmes_;  // Used by runs only.
  bool began_ = false;                           // All programmes were heard of.

  std::mutex mutex_;  // Guards the two below.
  std::map<std::string, Heard> heard_;
  Time next_ = kBeginningOfTime;
  std::shared_ptr<void> listening_;  // Dropped first.
};

}  // namespace perigee::jobs
