#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/civil_time.h"
#include "server/domain/activity/activity.h"
#include "server/domain/record/revision.h"

namespace perigee::ports {

// The figures of one programme. "Recent" means since the `since` of ActivityReader::Count. Members
// that are one person count once.
struct ActivityCounts {
  std::int64_t active_members = 0;        // Members that acted in a recent activity.
  std::int64_t contributing_members = 0;  // Members that a rule credited recently.
  std::int64_t thanks = 0;                // Of all time.
  std::int64_t activities = 0;            // Of all time.
  std::int64_t pulled = 0;                // Recent ones, by members of type PERSON.
  std::int64_t pushed = 0;                // Recent ones, by staff and bots.
};

// What a person did and got in an interval. Activities are those in which the person is the actor.
struct PersonSummary {
  std::map<std::string, std::int64_t> activities;  // How many, by type.
  // The quarters of an hour, from 1970 on, in which something was done. Ascending, each once. All
  // time zones of today differ from UTC by whole quarters.
  std::vector<std::int64_t> quarters;
  std::int64_t thanks = 0;
  std::vector<domain::MemberKey> thankful;  // From whom the thanks came, each member once.
};
inline constexpr std::chrono::minutes kQuarter{15};
// What the orbit needs to know of an activity, as one of its members sees it. Valid during the
// visit.
struct Deed {
  domain::MemberKey member;  // The actor or the recipient.
  domain::Revision activity = 0;
  std::string_view type;
  domain::MemberKey actor;
  domain::MemberKey recipient;
  Time occur_time{};
  Time receive_time{};
};

// Activities. See StoreReader for the rules of all reads.
class ActivityReader {
 public:
  virtual ~ActivityReader() = default;

  virtual absl::StatusOr<std::optional<domain::Activity>> Find(const std::string& program,
                                                               domain::Revision revision) = 0;
  virtual absl::StatusOr<std::optional<domain::Activity>> FindBySource(
      const std::string& program, const std::string& source,
      const std::string& source_event_id) = 0;
  // Newest first, before revision `before` (0: from the newest). Of one member, or of all if
  // `member` is nil.
  virtual absl::StatusOr<std::vector<domain::Activity>> List(const std::string& program,
                                                             const domain::MemberKey& member,
                                                             domain::Revision before,
                                                             int limit) = 0;
  // How many activities the member, and those merged into it, did at or after `since`: of that
  // type, or of any if it is empty.
  virtual absl::StatusOr<std::int64_t> CountOf(const std::string& program,
                                               const domain::MemberKey& actor,
                                               const std::string& type, Time since) = 0;
  // Of the person whose head is `head`. Thanks between members of the person are left out. Costs
  // one look-up for each activity of the person, of any time.
  virtual absl::StatusOr<PersonSummary> Summarize(const std::string& program,
                                                  const domain::MemberKey& head,
                                                  Interval interval) = 0;
  // Visits the activities of all members with keys from `first` to `last`, those of one member
  // after those of another, by key, each in the order of recording. An activity of two of them is
  // visited twice. `visit` must not use the reader.
  virtual absl::Status VisitDeeds(const std::string& program, const domain::MemberKey& first,
                                  const domain::MemberKey& last,
                                  absl::FunctionRef<void(const Deed& deed)> visit) = 0;
  // See ActivityCounts.
  virtual absl::StatusOr<ActivityCounts> Count(const std::string& program, Time since) = 0;
};

}  // namespace perigee::ports
