#include "server/domain/activity/activity.h"

#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"
#include "tests/support/ledger_desk.h"

namespace perigee::tests {
namespace {

using domain::Activity;
using domain::TimeSource;

const Time kNow = At("2026-03-01T10:00:00Z");

Activity Good() {
  Activity activity;
  activity.type = "answer-accepted";
  activity.actor = Key(1);
  activity.recipient = Key(2);
  activity.object = "question-7";
  activity.source = "beer.stackexchange.com";
  activity.source_event_id = "votes/42";
  activity.occur_time = kNow - std::chrono::hours{1};
  return activity;
}

// Checks as a service does before it looks up members, then completes as recording does.
absl::Status CheckAndComplete(Activity& activity) {
  const bool has_member = !activity.actor.IsNil() || !activity.recipient.IsNil();
  Activity without_members = activity;
  without_members.actor = without_members.recipient = {};
  absl::Status status = domain::CheckContent(without_members, has_member);
  return status.ok() ? domain::Complete(activity, kNow) : status;
}

TEST(ActivityTest, AGoodActivityIsRecordedAsItIs) {
  Activity activity = Good();
  ASSERT_THAT(CheckAndComplete(activity), IsOk());
  EXPECT_EQ(activity.receive_time, kNow);
  EXPECT_EQ(activity.occur_time, Good().occur_time);
  EXPECT_FALSE(activity.time_adjusted);
}

struct LimitRow {
  std::string name;
  std::function<void(Activity&)> change;
  std::string field;  // Empty if the activity is good.
};

TEST(ActivityTest, LimitsAreThoseOfTheContract) {
  const LimitRow rows[] = {
      {"no type", [](Activity& a) { a.type = ""; }, "activity.type"},
      {"a type that is no id", [](Activity& a) { a.type = "Answer"; }, "activity.type"},
      {"nobody", [](Activity& a) { a.actor = a.recipient = {}; }, "activity.actor"},
      {"no actor", [](Activity& a) { a.actor = {}; }, ""},
      {"no recipient", [](Activity& a) { a.recipient = {}; }, ""},
      {"no object", [](Activity& a) { a.object = ""; }, ""},
      {"an object of 200", [](Activity& a) { a.object = std::string(200, 'o'); }, ""},
      {"an object of 201", [](Activity& a) { a.object = std::string(201, 'o'); },
       "activity.object"},
      {"10^9", [](Activity& a) { a.quantity = domain::kQuantityMax; }, ""},
      {"10^9 + 1", [](Activity& a) { a.quantity = domain::kQuantityMax + 1; }, "activity.quantity"},
      {"less than nothing", [](Activity& a) { a.quantity = -1; }, "activity.quantity"},
      {"no source", [](Activity& a) { a.source = ""; }, "activity.source"},
      {"a source of 100", [](Activity& a) { a.source = std::string(100, 's'); }, ""},
      {"a source of 101", [](Activity& a) { a.source = std::string(101, 's'); }, "activity.source"},
      {"every kind of sign", [](Activity& a) { a.source = "a.b-c_9"; }, ""},
      {"a capital", [](Activity& a) { a.source = "Beer"; }, "activity.source"},
      {"no event id", [](Activity& a) { a.source_event_id = ""; }, "activity.source_event_id"},
      {"an event id of 200", [](Activity& a) { a.source_event_id = std::string(200, 'e'); }, ""},
      {"an event id of 201", [](Activity& a) { a.source_event_id = std::string(201, 'e'); },
       "activity.source_event_id"},
      {"a control character", [](Activity& a) { a.source_event_id = "a\tb"; },
       "activity.source_event_id"},
      {"no UTF-8", [](Activity& a) { a.source_event_id = "a\xC3"; }, "activity.source_event_id"},
      {"2 minutes ahead", [](Activity& a) { a.occur_time = kNow + domain::kClockSkewMax; }, ""},
      {"more ahead", [](Activity& a) { a.occur_time = kNow + domain::kClockSkewMax + Duration{1}; },
       "activity.occur_time"},
      {"1970", [](Activity& a) { a.occur_time = Time{}; }, ""},
      {"before 1970", [](Activity& a) { a.occur_time = Time{} - Duration{1}; },
       "activity.occur_time"},
  };
  for (const LimitRow& row : rows) {
    Activity activity = Good();
    row.change(activity);
    const absl::Status status = CheckAndComplete(activity);
    if (row.field.empty()) {
      EXPECT_THAT(status, IsOk()) << row.name;
    } else {
      EXPECT_THAT(status, IsInvalidField(row.field)) << row.name;
    }
  }
}

TEST(ActivityTest, AMissingQuantityIsOneAndAMissingTimeIsNow) {
  Activity activity = Good();
  activity.quantity = 0;
  activity.occur_time = kBeginningOfTime;
  ASSERT_THAT(CheckAndComplete(activity), IsOk());
  EXPECT_EQ(activity.quantity, 1);
  EXPECT_EQ(activity.occur_time, kNow);
  EXPECT_FALSE(activity.time_adjusted);
}

TEST(ActivityTest, ADevicesClockIsBelievedWithinItsLimits) {
  struct Row {
    Time occur_time;
    bool believed = false;
  };
  const Row rows[] = {
      {kNow - domain::kDeviceDelayMax, true}, {kNow - domain::kDeviceDelayMax - Duration{1}, false},
      {kNow + domain::kClockSkewMax, true},   {kNow + domain::kClockSkewMax + Duration{1}, false},
      {Time{} - Duration{1}, false},
  };
  for (const Row& row : rows) {
    Activity activity = Good();
    activity.time_source = TimeSource::kDevice;
    activity.occur_time = row.occur_time;
    ASSERT_THAT(domain::Complete(activity, kNow), IsOk());
    EXPECT_EQ(activity.time_adjusted, !row.believed);
    EXPECT_EQ(activity.occur_time, row.believed ? row.occur_time : kNow);
  }
}

TEST(ActivityTest, SameContentComparesTheSendersFields) {
  Activity recorded = Good();
  ASSERT_THAT(domain::Complete(recorded, kNow), IsOk());
  recorded.revision = 12;
  Activity again = Good();
  EXPECT_TRUE(domain::SameContent(recorded, again));
  again.quantity = 0;
  EXPECT_TRUE(domain::SameContent(recorded, again)) << "not given is 1";
  again.occur_time = kBeginningOfTime;
  EXPECT_TRUE(domain::SameContent(recorded, again)) << "not given agrees with any";

  const std::function<void(Activity&)> changes[] = {
      [](Activity& a) { a.type = "other"; },
      [](Activity& a) { a.actor = Key(3); },
      [](Activity& a) { a.recipient = {}; },
      [](Activity& a) { a.object = "other"; },
      [](Activity& a) { a.quantity = 2; },
      [](Activity& a) { a.source = "other"; },
      [](Activity& a) { a.source_event_id = "other"; },
      [](Activity& a) { a.occur_time += Duration{1}; },
      [](Activity& a) { a.time_source = TimeSource::kDevice; },
      [](Activity& a) { a.imported = true; },
  };
  for (const auto& change : changes) {
    again = Good();
    change(again);
    EXPECT_FALSE(domain::SameContent(recorded, again));
  }
}

TEST(ActivityTest, ADevicesRetryIsTheSameThoughItsTimeWasAdjusted) {
  Activity sent = Good();
  sent.time_source = TimeSource::kDevice;
  sent.occur_time = kNow - std::chrono::days{9};
  Activity recorded = sent;
  ASSERT_THAT(domain::Complete(recorded, kNow), IsOk());
  ASSERT_TRUE(recorded.time_adjusted);
  EXPECT_TRUE(domain::SameContent(recorded, sent));
}

}  // namespace
}  // namespace perigee::tests
