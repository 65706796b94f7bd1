#include "server/domain/badge/badge.h"

#include <utility>
#include <vector>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/program/program.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto BadgeTerm::Fields() {
  return std::tuple(Plain(1, "type", &BadgeTerm::type), Plain(2, "weight", &BadgeTerm::weight));
}

auto BadgeCriterion::Fields() {
  return std::tuple(
      Plain(1, "role", &BadgeCriterion::role), Plain(2, "terms", &BadgeCriterion::terms),
      Plain(3, "asset", &BadgeCriterion::asset), Plain(4, "at_least", &BadgeCriterion::at_least));
}

auto BadgeStage::Fields() {
  return std::tuple(Plain(1, "display_name", &BadgeStage::display_name),
                    Plain(2, "group", &BadgeStage::group),
                    Plain(3, "criteria", &BadgeStage::criteria),
                    Plain(4, "days_in_a_row", &BadgeStage::days_in_a_row),
                    Plain(5, "within_days", &BadgeStage::within_days));
}

namespace {

// A rule of earlier builds had the criteria and the group of its only stage. They are read, and
// never written.
struct EarlierCriteria {
  void Write(const BadgeRule&, FieldSink& sink) const { sink.Null(); }
  void Read(FieldSource& source, BadgeRule& rule) const {
    std::vector<BadgeCriterion> criteria;
    Stored<std::vector<BadgeCriterion>>::Read(source, criteria);
    if (!criteria.empty()) {
      rule.stages.emplace_back().criteria = std::move(criteria);
    }
  }
  Field field{2, "criteria", FieldKind::kBlob};
};
struct EarlierGroup {
  void Write(const BadgeRule&, FieldSink& sink) const { sink.Null(); }
  void Read(FieldSource& source, BadgeRule& rule) const {
    BadgeGroup group{};
    Stored<BadgeGroup>::Read(source, group);
    if (group != BadgeGroup() && !rule.stages.empty()) {
      rule.stages.front().group = group;
    }
  }
  Field field{1, "group", FieldKind::kInt};
};

}  // namespace

auto BadgeRule::Fields() {
  return std::tuple(Plain(3, "keeps", &BadgeRule::keeps), Plain(4, "stages", &BadgeRule::stages),
                    Plain(5, "start_time", &BadgeRule::start_time),
                    Plain(6, "end_time", &BadgeRule::end_time), EarlierCriteria(), EarlierGroup());
}

auto Badge::Fields() {
  return std::tuple(
      Key(1, "id", &Badge::id), Personal(2, "display_name", &Badge::display_name),
      Personal(3, "description", &Badge::description), Plain(4, "rule", &Badge::rule),
      Plain(5, "rule_version", &Badge::rule_version), Plain(6, "grandfather", &Badge::grandfather),
      Plain(7, "retired", &Badge::retired), Plain(8, "create_time", &Badge::create_time),
      Plain(9, "edit_revision", &Badge::edit_revision), Due(10, "due_time", &Badge::due_time),
      Plain(11, "applied_up_to", &Badge::applied_up_to));
}
template <>
const RecordType& TypeOf<Badge>() {
  static const RecordTypeFor<Badge> kType;
  return kType;
}

absl::Status CheckBadge(const Badge& badge) {
  PERIGEE_RETURN_IF_ERROR(CheckId("badge_id", badge.id));
  PERIGEE_RETURN_IF_ERROR(
      CheckText("badge.display_name", badge.display_name, 1, kDisplayNameBytesMax));
  PERIGEE_RETURN_IF_ERROR(
      CheckText("badge.description", badge.description, 0, kBadgeDescriptionBytesMax));
  return CheckBadgeRule("badge.rule", badge.rule);
}

void ApplyToAll(Time now, Badge& badge) {
  badge.due_time = now;
  badge.applied_up_to = {};
}

void NoteRuleChange(Revision revision, Time now, Badge& badge) {
  badge.rule_version = revision;
  ApplyToAll(now, badge);
}

}  // namespace perigee::domain
