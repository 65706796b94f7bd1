#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "server/core/civil_time.h"
#include "server/core/time.h"
#include "server/domain/inbox/notification.h"
#include "server/domain/insider/gate.h"

namespace perigee::domain {

struct Acceptance;
struct Agreement;
struct Appointment;
class InboxPosition;
struct InsiderItem;
struct Seat;

// How long a notification stands that no entry made.
inline constexpr std::chrono::days kStandsFor{90};

// The notifications of a person that follow from facts and the time at one instant, so that no job
// is needed for them: a term begins, a seat falls to the next one who waits, an embargo lifts. A
// thing has one notification for each stage, and of an item only the newest: who sees it released
// needs not be told that it was opened. What the gate closes is not among them.
class StandingNotices {
 public:
  explicit StandingNotices(Time now) : now_(now) {}

  // A term that begins or ends later than it was made.
  void Add(const Appointment& appointment);
  // A claim of the person, which has its seat during `seat_time`.
  void Add(const Seat& claim, const Interval& seat_time);
  // An item, and what the gate says to the person. `since`: from when on it is open as it is now.
  // `version_time`: when its newest body was made, if it is not the first one.
  void Add(const InsiderItem& item, GateOutcome outcome, Time since,
           std::optional<Time> version_time);
  // An agreement that the person is asked for, by an item of which nothing but the agreement and
  // maybe a seat is missing, or because it was bound by it. `acceptances` are all of the person,
  // of that agreement. `since`: from when on it is asked for; where an acceptance expired later,
  // that counts.
  void Add(const Agreement& agreement, std::span<const Acceptance> acceptances, Time since);

  // Notes an instant at which time alone may change what the person sees.
  void ChangesAt(std::optional<Time> time);

  const std::vector<Notification>& all() const { return notices_; }
  // The first instant after `now` at which time alone may change them. kEndOfTime: never.
  Time next() const { return next_; }
  // Tells of all of them, and forgets what cannot come any more.
  void TellAll(InboxPosition& position) const;
  // Forgets what cannot come any more.
  void Clean(InboxPosition& position) const;

 private:
  // Adds it if it has come and is not too old; otherwise notes when it comes.
  void Add(Notification notice);

  Time now_;
  Time next_ = kEndOfTime;
  std::vector<Notification> notices_;
  std::vector<std::uint64_t> may_come_;  // All keys that are or may come.
};

// Whether the person was bound by the agreement once and did not leave it, but is not bound now. So
// it is asked for anew.
bool IsAskedAnew(const Agreement& agreement, std::span<const Acceptance> acceptances, Time now);

}  // namespace perigee::domain
