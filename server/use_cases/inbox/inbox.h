#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/civil_time.h"
#include "server/core/time.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/inbox/inbox_mark.h"
#include "server/domain/inbox/inbox_settings.h"
#include "server/domain/inbox/notification.h"
#include "server/domain/inbox/standing_notices.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/gate.h"
#include "server/domain/insider/item.h"
#include "server/domain/member/member.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"
#include "server/use_cases/insider/gate.h"

namespace perigee::domain {
struct JournalEntry;
}  // namespace perigee::domain

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// What the inboxes of a programme look at in one view of the store, read once for all of them.
// `reader` must outlive it.
class InboxGround {
 public:
  InboxGround(ports::StoreReader& reader, std::string program)
      : gates_(std::make_shared<GateGround>(reader, std::move(program))) {}

  // All items, by id.
  absl::StatusOr<const std::vector<domain::InsiderItem>*> Items();
  // When the newest body of the item was made.
  absl::StatusOr<Time> VersionTime(const domain::InsiderItem& item);
  // Whether an audience of an item counts days or activities, so that it may let somebody in
  // although no fact changes.
  absl::StatusOr<bool> CountsDays();

  ports::StoreReader& reader() { return gates_->reader(); }
  const std::string& program() const { return gates_->program(); }
  const std::shared_ptr<GateGround>& gates() { return gates_; }

 private:
  std::shared_ptr<GateGround> gates_;
  std::optional<std::vector<domain::InsiderItem>> items_;
  std::optional<bool> counts_days_;
  std::map<std::string, Time> version_times_;
};

// The inbox of one person, over one view and at one instant. The gate is asked for each item that
// it shows. `ground` must outlive it.
class Inbox {
 public:
  // `member` is the head of the person.
  static absl::StatusOr<Inbox> Of(InboxGround& ground, const domain::Member& member, Time now);

  // Those that facts and the time make, in no order. Read once.
  absl::StatusOr<const domain::StandingNotices*> Standing();
  // Those of entries after `after`, in order, of the first `limit` entries that name the person.
  // `more`: there may be others.
  struct OfEntries {
    std::vector<domain::Notification> notices;
    domain::Revision revision = 0;  // Up to which it looked.
    bool more = false;
  };
  absl::StatusOr<OfEntries> After(domain::Revision after, domain::Revision up_to, int limit);

  // Visits all notifications below `before` (absent: from the first on), the newest first, until
  // `visit` answers false. Looks at so many entries at most; then it answers where it stopped.
  using Visit = absl::FunctionRef<bool(const domain::Notification& notice)>;
  absl::StatusOr<std::optional<domain::InboxPlace>> Walk(
      const std::optional<domain::InboxPlace>& before, int looked_max, Visit visit);

  // The notifications of the entry of that revision. None of an item that is closed.
  absl::StatusOr<std::vector<domain::Notification>> OfEntry(domain::Revision revision);

  absl::StatusOr<domain::InboxSettings> Settings();
  absl::StatusOr<domain::InboxMark> Mark();

  // Items of which the person waits for a seat. After Standing.
  const std::vector<std::string>& waits_for() const { return waits_for_; }
  const std::vector<domain::MemberKey>& members() const { return gate_.members(); }
  InboxGround& ground() { return ground_; }
  Time now() const { return gate_.now(); }

 private:
  Inbox(InboxGround& ground, PersonalGate gate);

  absl::Status AddTerms(domain::StandingNotices& standing);
  absl::Status AddSeats(domain::StandingNotices& standing);
  absl::Status AddItems(domain::StandingNotices& standing);
  absl::Status AddAgreements(domain::StandingNotices& standing);
  absl::Status AddPersonalTimes(domain::StandingNotices& standing);
  // Since when the item is open as `outcome` says, as far as facts with a time tell.
  absl::StatusOr<Time> OpenSince(const domain::InsiderItem& item, domain::GateOutcome outcome);
  // The latest instant until now at which a title let the person into the audience. At least
  // `since`.
  absl::StatusOr<Time> InAudienceSince(const std::string& audience, Time since);
  // Those of the entry, without what is closed.
  absl::StatusOr<std::vector<domain::Notification>> Shown(const domain::JournalEntry& entry);
  absl::StatusOr<bool> IsShown(const domain::Notification& notice);
  absl::StatusOr<std::vector<domain::Revision>> Named(domain::Revision after,
                                                      domain::Revision before, bool newest,
                                                      int limit);

  InboxGround& ground_;
  PersonalGate gate_;
  std::optional<domain::StandingNotices> standing_;
  std::vector<std::string> waits_for_;
  std::vector<domain::Appointment> appointments_;
  std::vector<domain::Acceptance> acceptances_;
  std::map<std::string, Interval> seat_times_;  // By item, of a seat that the person has now.
  std::map<std::string, Time> asked_since_;     // By agreement, of items that it closes.
  std::map<std::pair<std::string, Time>, bool> was_in_;  // By audience, and before which instant.
};

}  // namespace perigee::use_cases
