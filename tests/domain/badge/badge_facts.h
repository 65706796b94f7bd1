#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "server/core/time.h"
#include "server/domain/activity/activity.h"
#include "server/domain/badge/badge.h"
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
  rule.group = domain::BadgeGroup::kObject;
  domain::BadgeCriterion& score = rule.criteria.emplace_back();
  score.role = domain::BadgeRole::kRecipient;
  score.terms = {{"upvoted", 1}, {"downvoted", -1}};
  score.at_least = at_least;
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
  evidence.facts = {"3", "5"};
  evidence.group = "a";
  evidence.earn_time = Minute(5);
  evidence.imported = true;
  return evidence;
}

}  // namespace perigee::tests
