#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/orbit/active_days.h"
#include "server/domain/orbit/reach.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// What a criterion counts. Values are those of perigee.v1.CandidateCriterion.Measure.
enum class CandidateMeasure : std::uint8_t { kActiveDays = 1, kActivities, kEarned, kMet, kReach };

// One of the things that make a member a candidate for a title.
struct CandidateCriterion {
  std::string id;
  std::string display_name;
  CandidateMeasure measure = CandidateMeasure::kActiveDays;
  int window_days = 90;                     // Today is the last of them.
  std::vector<std::string> activity_types;  // Empty: all that weigh something. Ascending.
  std::string asset;                        // Of kEarned.
  std::int64_t at_least = 1;
  bool operator==(const CandidateCriterion&) const = default;
  static auto Fields();
};

inline constexpr std::size_t kCriteriaMax = 8;
inline constexpr int kCriterionDaysMax = 366;
inline constexpr std::size_t kCriterionTypesMax = 10;
inline constexpr std::int64_t kCriterionAtLeastMax = 1'000'000'000'000'000;
inline constexpr std::int64_t kCandidatePartMax = 300;

// kInvalidField for a field outside the limits of candidate.proto, named as in `field`
// (`title.criteria`). Sorts activity types first.
absl::Status NormalizeCriteria(const std::string& field, std::vector<CandidateCriterion>& criteria);

// Whether the measure counts what a person did, or whom they met.
bool CountsDeeds(CandidateMeasure measure);

// Days of the programme's zone, the first and the last one included.
struct DayWindow {
  absl::CivilDay first;
  absl::CivilDay last;
  bool Has(absl::CivilDay day) const { return first <= day && day <= last; }
};
// The days that count for the criterion if `last` is today.
DayWindow WindowOf(const CandidateCriterion& criterion, absl::CivilDay last);

// One thing that counts for a criterion.
struct CandidateInput {
  absl::CivilDay day;
  std::int64_t amount = 1;
  Revision revision = 0;   // That made the activity, the transfer or the contribution.
  std::int32_t place = 0;  // Of a transfer: its place in the revision.
  MemberKey other{};       // Of kMet: who was met.

  // Greater for a newer one.
  auto Order() const { return std::tuple(day, revision, place, other); }
};

// What counts of the days `days` for a criterion that CountsDeeds. Of an active day the activity
// that was recorded first. Of persons met each meeting that is in `met`.
std::vector<CandidateInput> InputsOf(const CandidateCriterion& criterion, std::span<const Act> acts,
                                     std::span<const Connection> met, DayWindow days);

// The figure of the criterion if `last` is today. Each person met counts once. Cut to 64 bits.
std::int64_t FigureOf(const CandidateCriterion& criterion, std::span<const CandidateInput> inputs,
                      absl::CivilDay last);

// The figure of each of the days, as FigureOf has it if that day is today, in one pass.
std::vector<std::int64_t> FiguresOf(const CandidateCriterion& criterion,
                                    std::vector<CandidateInput> inputs, DayWindow days);
// a - b, cut to 64 bits.
std::int64_t Difference(std::int64_t a, std::int64_t b);

// The part of one figure in the value of a candidate, as candidate.proto states it.
std::int64_t CandidatePart(const CandidateCriterion& criterion, std::int64_t figure);
// In both, `figures` has one figure for each criterion.
std::int64_t CandidateValue(std::span<const CandidateCriterion> criteria,
                            std::span<const std::int64_t> figures);
bool MeetsAll(std::span<const CandidateCriterion> criteria, std::span<const std::int64_t> figures);

// How many decimals people are shown of an asset.
using DecimalsByAsset = std::map<std::string, int>;

// The figure in words, such as `24 active days` or `12.50 renown earned`.
std::string FigureText(const CandidateCriterion& criterion, std::int64_t figure,
                       const DecimalsByAsset& decimals);
// What is missing to a figure, such as `2 more active days in the last 90 days`.
std::string MissingText(const CandidateCriterion& criterion, std::int64_t missing,
                        const DecimalsByAsset& decimals);
// All figures in a sentence, such as `24 active days and 17 members met in the last 90 days; a
// claimed reach of 5000 in the last 365 days.` It names nobody.
std::string CandidateReason(std::span<const CandidateCriterion> criteria,
                            std::span<const std::int64_t> figures, const DecimalsByAsset& decimals);

}  // namespace perigee::domain
