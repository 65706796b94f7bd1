#include "server/domain/badge/badge_rule.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/core/timestamp_range.h"
#include "server/domain/program/program.h"

namespace perigee::domain {
namespace {

absl::Status CheckTerms(const std::string& field, const std::vector<BadgeTerm>& terms) {
  if (terms.empty() || terms.size() > kBadgeTermsMax) {
    return InvalidField(
        field, absl::StrCat("must be 1 to ", kBadgeTermsMax, " terms where there is no asset"));
  }
  bool gains = false;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const std::string at = absl::StrCat(field, "[", i, "]");
    PERIGEE_RETURN_IF_ERROR(CheckId(at + ".activity_type", terms[i].type));
    const std::int64_t weight = terms[i].weight;
    if (weight == 0 || weight > kBadgeWeightMax || weight < -kBadgeWeightMax) {
      return InvalidField(at + ".weight",
                          absl::StrCat("must be within ±", kBadgeWeightMax, " and not 0"));
    }
    for (std::size_t other = 0; other < i; ++other) {
      if (terms[other].type == terms[i].type) {
        return InvalidField(at + ".activity_type", "must be named once in a criterion");
      }
    }
    gains |= weight > 0;
  }
  return gains ? absl::OkStatus() : InvalidField(field, "must have a weight above 0");
}

absl::Status CheckCriterion(const std::string& field, const BadgeStage& stage,
                            const BadgeCriterion& criterion) {
  if (criterion.asset.empty()) {
    PERIGEE_RETURN_IF_ERROR(CheckTerms(field + ".terms", criterion.terms));
  } else {
    PERIGEE_RETURN_IF_ERROR(CheckId(field + ".asset", criterion.asset));
    if (!criterion.terms.empty()) {
      return InvalidField(field + ".terms", "must be empty where there is an asset");
    }
    if (stage.group == BadgeGroup::kObject) {
      return InvalidField(field + ".asset", "must be empty in a stage by object");
    }
  }
  if (criterion.at_least < 1 || criterion.at_least > kBadgeAtLeastMax) {
    return InvalidField(field + ".at_least", absl::StrCat("must be 1 to ", kBadgeAtLeastMax));
  }
  return absl::OkStatus();
}

absl::Status CheckStage(const std::string& field, const BadgeStage& stage) {
  PERIGEE_RETURN_IF_ERROR(
      CheckText(field + ".display_name", stage.display_name, 0, kDisplayNameBytesMax));
  if (stage.criteria.empty() || stage.criteria.size() > kBadgeCriteriaMax) {
    return InvalidField(field + ".criteria", absl::StrCat("must be 1 to ", kBadgeCriteriaMax));
  }
  for (std::size_t i = 0; i < stage.criteria.size(); ++i) {
    PERIGEE_RETURN_IF_ERROR(
        CheckCriterion(absl::StrCat(field, ".criteria[", i, "]"), stage, stage.criteria[i]));
  }
  if (stage.days_in_a_row < 1 || stage.days_in_a_row > kBadgeDaysMax) {
    return InvalidField(field + ".days_in_a_row", absl::StrCat("must be 1 to ", kBadgeDaysMax));
  }
  if (stage.IsStreak() && stage.group != BadgeGroup::kDay) {
    return InvalidField(field + ".group", "must be DAY where there are days in a row");
  }
  if (stage.within_days < 0 || stage.within_days > kBadgeDaysMax) {
    return InvalidField(field + ".within_days", absl::StrCat("must be 0 to ", kBadgeDaysMax));
  }
  return absl::OkStatus();
}

// The days of the first stage begin with the rule. In any zone they end in time for a Timestamp.
absl::Status CheckFirstDays(const std::string& field, const BadgeRule& rule) {
  const int days = rule.stages.empty() ? 0 : rule.stages[0].within_days;
  if (days > 0 && !rule.start_time.has_value()) {
    return InvalidField(field + ".stages[0].within_days",
                        "must be 0 where the rule has no start_time");
  }
  if (days > 0 && *rule.start_time > kTimestampMax - std::chrono::days(days + 2)) {
    return InvalidField(field + ".start_time",
                        "must leave room for the days of the first stage before the year 10000");
  }
  return absl::OkStatus();
}

template <class Is>
bool AnyCriterion(const BadgeRule& rule, Is is) {
  return std::ranges::any_of(rule.stages, [&](const BadgeStage& stage) {
    return std::ranges::any_of(stage.criteria, is);
  });
}

}  // namespace

Interval BadgeRule::Window() const {
  return {start_time.value_or(kBeginningOfTime), end_time.value_or(kEndOfTime)};
}

bool BadgeRule::LooksAt(std::string_view type, Time time) const {
  return Window().Contains(time) && AnyCriterion(*this, [&](const BadgeCriterion& criterion) {
           return std::ranges::find(criterion.terms, type, &BadgeTerm::type) !=
                  criterion.terms.end();
         });
}

bool BadgeRule::LooksAtAsset(std::string_view asset, Time time) const {
  return !asset.empty() && Window().Contains(time) &&
         AnyCriterion(*this,
                      [&](const BadgeCriterion& criterion) { return criterion.asset == asset; });
}

bool BadgeRule::LooksAtActivities() const {
  return AnyCriterion(*this,
                      [](const BadgeCriterion& criterion) { return criterion.asset.empty(); });
}

std::vector<std::string> BadgeRule::Assets() const {
  std::set<std::string> assets;
  for (const BadgeStage& stage : stages) {
    for (const BadgeCriterion& criterion : stage.criteria) {
      assets.insert(criterion.asset);
    }
  }
  assets.erase("");
  return {assets.begin(), assets.end()};
}

absl::Status CheckBadgeRule(const std::string& field, const BadgeRule& rule) {
  if (rule.stages.size() > kBadgeStagesMax) {
    return InvalidField(field + ".stages", absl::StrCat("must be at most ", kBadgeStagesMax));
  }
  for (std::size_t i = 0; i < rule.stages.size(); ++i) {
    PERIGEE_RETURN_IF_ERROR(CheckStage(absl::StrCat(field, ".stages[", i, "]"), rule.stages[i]));
  }
  PERIGEE_RETURN_IF_ERROR(CheckFirstDays(field, rule));
  const Interval window = rule.Window();
  if (window.start >= window.end) {
    return InvalidField(field + ".end_time", "must be after start_time");
  }
  // What was met one after the other, or on days that are over, is not met any less later.
  if (!rule.keeps &&
      (rule.stages.size() > 1 || std::ranges::any_of(rule.stages, &BadgeStage::IsStreak))) {
    return InvalidField(field + ".revocable",
                        "must be false where there are several stages or days in a row");
  }
  return absl::OkStatus();
}

}  // namespace perigee::domain
