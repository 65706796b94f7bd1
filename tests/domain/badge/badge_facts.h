#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/core/time.h"
#include "server/domain/activity/activity.h"
#include "server/domain/badge/badge.h"
#include "server/domain/badge/badge_progress.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member_key.h"

namespace perigee::tests {

inline domain::MemberKey Key(std::uint8_t number) {
  domain::MemberKey key;
  key.bytes.back() = number;
  return key;
}

// 10 February 2014, at that minute.
inline Time Minute(int minute) {
  return Time(std::chrono::sys_days(std::chrono::year(2014) / 2 / 10)) +
         std::chrono::minutes(minute);
}

inline domain::Activity Fact(domain::Revision revision, std::string type, domain::MemberKey actor,
                             domain::MemberKey recipient, std::string object = "",
                             std::int64_t quantity = 1) {
  domain::Activity activity;
  activity.revision = revision;
  activity.type = std::move(type);
  activity.actor = actor;
  activity.recipient = recipient;
  activity.object = std::move(object);
  activity.quantity = quantity;
  activity.occur_time = Minute(static_cast<int>(revision));
  return activity;
}

// A gain of that member, or a loss if it is negative.
inline domain::Transfer Gain(domain::Revision revision, domain::MemberKey member,
                             std::int64_t amount, Time time) {
  domain::Transfer transfer;
  transfer.id = {revision, 0};
  const domain::AccountRef issued{"renown", {}, std::string(domain::kIssuedAccount)};
  const domain::AccountRef own{"renown", member, ""};
  transfer.debit = amount < 0 ? own : issued;
  transfer.credit = amount < 0 ? issued : own;
  transfer.amount = amount < 0 ? -amount : amount;
  transfer.effective_time = time;
  transfer.activity = revision;
  return transfer;
}

// An answer that is worth `at_least`, as votes have it.
inline domain::BadgeRule AnswerOf(std::int64_t at_least) {
  domain::BadgeRule rule;
  domain::BadgeStage& stage = rule.stages.emplace_back();
  stage.group = domain::BadgeGroup::kObject;
  domain::BadgeCriterion& score = stage.criteria.emplace_back();
  score.role = domain::BadgeRole::kRecipient;
  score.terms = {{"upvoted", 1}, {"downvoted", -1}};
  score.at_least = at_least;
  return rule;
}

// So many activities of that type by the person.
inline domain::BadgeStage StageOf(std::string type, std::int64_t at_least = 1) {
  domain::BadgeStage stage;
  domain::BadgeCriterion& criterion = stage.criteria.emplace_back();
  criterion.terms = {{std::move(type), 1}};
  criterion.at_least = at_least;
  return stage;
}

// An activity of that type on each of so many days in a row.
inline domain::BadgeStage RowOf(std::string type, int days) {
  domain::BadgeStage stage = StageOf(std::move(type));
  stage.group = domain::BadgeGroup::kDay;
  stage.days_in_a_row = days;
  return stage;
}

inline domain::BadgeRule RuleOf(std::vector<domain::BadgeStage> stages) {
  domain::BadgeRule rule;
  rule.stages = std::move(stages);
  return rule;
}

// So much of that asset, earned on one day.
inline domain::BadgeRule EarnedInADay(std::int64_t at_least, std::string asset = "renown") {
  domain::BadgeRule rule;
  domain::BadgeStage& stage = rule.stages.emplace_back();
  stage.group = domain::BadgeGroup::kDay;
  domain::BadgeCriterion& criterion = stage.criteria.emplace_back();
  criterion.asset = std::move(asset);
  criterion.at_least = at_least;
  return rule;
}

inline domain::Badge BadgeOf(domain::BadgeRule rule) {
  domain::Badge badge;
  badge.id = "nice";
  badge.display_name = "Nice";
  badge.rule = std::move(rule);
  badge.rule_version = 7;
  return badge;
}

inline domain::Badge Nice(bool keeps = true) {
  domain::Badge badge = BadgeOf(AnswerOf(1));
  badge.rule.keeps = keeps;
  return badge;
}

inline domain::BadgeEvidence Earned() {
  domain::BadgeEvidence evidence;
  evidence.stages = {{Minute(1), "", {"1"}}, {Minute(5), "a", {"3", "5-0"}}};
  evidence.imported = true;
  return evidence;
}

}  // namespace perigee::tests
