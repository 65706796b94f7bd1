#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "server/core/civil_time.h"
#include "server/core/time.h"
#include "server/domain/activity/activity.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

struct BadgeRule;

inline constexpr std::size_t kBadgeEvidenceMax = 20;  // Of a stage.

// By what a stage was met.
struct BadgeStageEvidence {
  Time meet_time{};
  // The object, the day (`2014-02-10`), or the first and last day of a row
  // (`2014-02-10/2014-02-12`). Empty for kNone.
  std::string group;
  // Ids of the activities (`1042`) and transfers (`1042-0`) that counted up to that time, oldest
  // first: of each criterion the newest, or of a row the one with which each of the newest days was
  // met.
  std::vector<std::string> facts;
  bool operator==(const BadgeStageEvidence&) const = default;
};

// Why a person has earned a badge.
struct BadgeEvidence {
  std::vector<BadgeStageEvidence> stages;  // All of the rule.
  // The activity that met the last stage, or from which the transfer came that did. 0: none.
  Revision activity = 0;
  bool imported = false;  // That activity is imported. Not known of a transfer's.
  bool operator==(const BadgeEvidence&) const = default;

  Time earn_time() const { return stages.back().meet_time; }
};

// Days in a row.
struct BadgeRow {
  int length = 0;                          // Of the row that is alive, or 0.
  int longest = 0;                         // Since the stage was opened.
  std::optional<absl::CivilDay> last_day;  // The last day that was met, of any row.
  std::optional<Time>
      until;  // When the row breaks unless one more day is met. Null: none is alive.
};

// How far a person is in a stage.
struct BadgeStageProgress {
  bool is_open = false;  // The stages before are met. Otherwise nothing else is set.
  // When the facts are that count.
  Interval window;
  std::optional<BadgeStageEvidence> met;
  // The group that met the stage. Before: today, or the object that lacks least, the first by id.
  std::string group;
  std::vector<std::int64_t> sums;  // Of that group, by criterion. Of a streak: of today.
  std::vector<std::string> facts;  // As evidence has them, of that group or of the row.
  BadgeRow row;                    // Of a streak. It goes on after the last stage was met.
};

struct BadgeProgress {
  std::vector<BadgeStageProgress> stages;  // All of the rule.
  std::optional<BadgeEvidence> evidence;   // The rule is met.
};

// Both follow the facts in the order of their time, and of facts of one time in that of their
// recording. `transfers` are those of the members' accounts. The person is these members.
//
// A stage is met by the first moment at which its sums are reached, and counts what comes after the
// moment at which the one before was met. A stage that is not met in time ends the attempt, and
// what comes from then on is a new one, as long as the first stage is still open. So a rule that
// keeps depends only on the facts that are known. One that does not is met only if its sums are
// reached at the end.

// Whether the person has earned the badge, and by what.
std::optional<BadgeEvidence> Evaluate(const BadgeRule& rule, const Zone& zone,
                                      std::span<const MemberKey> person,
                                      std::span<const Activity> activities,
                                      std::span<const Transfer> transfers);
// The same, with how far the person is at `now`.
BadgeProgress Progress(const BadgeRule& rule, const Zone& zone, std::span<const MemberKey> person,
                       std::span<const Activity> activities, std::span<const Transfer> transfers,
                       Time now);

}  // namespace perigee::domain
