#include <functional>
#include <string>
#include <vector>

#include "server/domain/activity/activity.h"
#include "tests/matchers/status.h"
#include "tests/services/admin_server.h"
#include "tests/services/naughty_strings.h"
#include "tests/support/need.h"

namespace perigee::tests {
namespace {

using ::testing::ElementsAre;
using Stub = v1::ActivityAdminService::Stub;

class ActivityServiceTest : public ::testing::Test {
 protected:
  ActivityServiceTest() {
    server.MakeProgram();
    server.MakeMember("ada");
    server.MakeMember("bob");
    server.MakeRule("accepted", "answer-accepted", 15);
  }
  static v1::Activity Activity(const std::string& event) {
    v1::Activity activity;
    activity.set_type("answer-accepted");
    activity.set_actor("programs/acme/members/ada");
    activity.set_recipient("programs/acme/members/bob");
    activity.set_object("answer/17");
    activity.set_source("forum.example");
    activity.set_source_event_id(event);
    return activity;
  }
  auto Record(const v1::Activity& activity, const std::string& parent = "programs/acme") {
    v1::RecordActivityRequest request;
    request.set_parent(parent);
    *request.mutable_activity() = activity;
    return Invoke(*server.activities, &Stub::RecordActivity, request);
  }
  absl::StatusOr<v1::Activity> Get(const std::string& name) {
    v1::GetActivityRequest request;
    request.set_name(name);
    return Invoke(*server.activities, &Stub::GetActivity, request);
  }
  absl::StatusOr<v1::RecordActivitiesResponse> Stream(
      const std::vector<v1::RecordActivitiesRequest>& messages) {
    grpc::ClientContext context;
    v1::RecordActivitiesResponse response;
    const auto writer = server.activities->RecordActivities(&context, &response);
    for (const v1::RecordActivitiesRequest& message : messages) {
      if (!writer->Write(message)) {
        break;
      }
    }
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    if (!status.ok()) {
      return FromWire(status);
    }
    return response;
  }
  static v1::RecordActivitiesRequest Message(const std::string& parent) {
    v1::RecordActivitiesRequest message;
    message.set_parent(parent);
    return message;
  }

  AdminServer server;
};

TEST_F(ActivityServiceTest, AnActivityIsRecordedWithItsTransfers) {
  v1::Activity activity = Activity("e1");
  activity.set_quantity(2);
  activity.mutable_occur_time()->set_seconds(1'700'000'000);
  const auto recorded = Record(activity);
  ASSERT_THAT(recorded, IsOk());
  EXPECT_FALSE(recorded->replayed());
  EXPECT_EQ(recorded->activity().actor(), activity.actor());
  EXPECT_EQ(recorded->activity().recipient(), activity.recipient());
  EXPECT_EQ(recorded->activity().time_source(), v1::Activity::TIME_SOURCE_SYSTEM);
  const std::string revision = std::to_string(recorded->activity().revision());
  EXPECT_EQ(recorded->activity().name(), "programs/acme/activities/" + revision);
  EXPECT_THAT(recorded->transfers(), ElementsAre("programs/acme/transfers/" + revision + "-0"));
  EXPECT_EQ(Get(recorded->activity().name())->SerializeAsString(),
            recorded->activity().SerializeAsString());
}

TEST_F(ActivityServiceTest, ARetryIsAnsweredAsRecordedUnlessItDiffers) {
  const auto first = Record(Activity("e1"));
  server.clock.Advance(std::chrono::hours(1));
  const auto again = Record(Activity("e1"));
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->replayed());
  EXPECT_EQ(again->activity().SerializeAsString(), first->activity().SerializeAsString());
  EXPECT_EQ(again->transfers(0), first->transfers(0));
  v1::Activity other = Activity("e1");
  other.set_object("answer/18");
  EXPECT_THAT(Record(other), HasReason(Reason::kSourceEventReused));
}

TEST_F(ActivityServiceTest, ARetryIsAnsweredByAServerWhoseClockIsBehind) {
  v1::Activity activity = Activity("e1");
  activity.mutable_occur_time()->set_seconds(
      std::chrono::floor<std::chrono::seconds>(server.clock.Now().time_since_epoch()).count() + 90);
  ASSERT_THAT(Record(activity), IsOk());
  server.clock.Advance(-std::chrono::minutes(1));
  const auto again = Record(activity);
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->replayed());
}

TEST_F(ActivityServiceTest, ARetryIsMarkedAndNamesTheFirstRevision) {
  const auto first = Record(Activity("e1"));
  ASSERT_THAT(Record(Activity("e2")), IsOk());

  v1::RecordActivityRequest request;
  request.set_parent("programs/acme");
  *request.mutable_activity() = Activity("e1");
  grpc::ClientContext context;
  v1::RecordActivityResponse again;
  ASSERT_TRUE(server.activities->RecordActivity(&context, request, &again).ok());
  const auto& metadata = context.GetServerInitialMetadata();
  ASSERT_EQ(metadata.count("perigee-replayed"), 1U);
  EXPECT_EQ(metadata.find("perigee-revision")->second,
            std::to_string(first->activity().revision()));
}

TEST_F(ActivityServiceTest, ADevicesIncredibleTimeIsReplacedAndMarked) {
  v1::Activity activity = Activity("e1");
  activity.set_time_source(v1::Activity::TIME_SOURCE_DEVICE);
  activity.mutable_occur_time()->set_seconds(1);
  const auto recorded = Record(activity);
  ASSERT_THAT(recorded, IsOk());
  EXPECT_TRUE(recorded->activity().time_adjusted());
  EXPECT_EQ(recorded->activity().occur_time().seconds(),
            recorded->activity().receive_time().seconds());
  EXPECT_TRUE(Record(activity)->replayed());
}

TEST_F(ActivityServiceTest, RecordRefuses) {
  EXPECT_THAT(Record(Activity("e1"), "acme"), IsInvalidField("parent"));
  v1::Activity unknown = Activity("e1");
  unknown.set_actor("programs/acme/members/none");
  const auto refused = Record(unknown);
  EXPECT_THAT(refused, HasReason(Reason::kNotFound));
  EXPECT_EQ(MetadataOf(refused.status())["field"], "activity.actor");
  unknown = Activity("e1");
  unknown.set_recipient("programs/acme/members/none");
  EXPECT_THAT(Record(unknown), HasReason(Reason::kNotFound));
  v1::Activity nobody = Activity("e1");
  nobody.clear_recipient();
  nobody.set_actor("programs/none/members/ada");
  EXPECT_THAT(Record(nobody, "programs/none"), HasReason(Reason::kNotFound));

  const std::vector<std::pair<std::string, std::function<void(v1::Activity&)>>> cases = {
      {"activity.type", [](auto& a) { a.clear_type(); }},
      {"activity.actor",
       [](auto& a) {
         a.clear_actor();
         a.clear_recipient();
       }},
      {"activity.actor", [](auto& a) { a.set_actor("ada"); }},
      {"activity.recipient", [](auto& a) { a.set_recipient("programs/other/members/bob"); }},
      {"activity.object", [](auto& a) { a.set_object(std::string(201, 'x')); }},
      {"activity.quantity", [](auto& a) { a.set_quantity(-1); }},
      {"activity.quantity", [](auto& a) { a.set_quantity(1'000'000'001); }},
      {"activity.source", [](auto& a) { a.set_source("Forum"); }},
      {"activity.source_event_id", [](auto& a) { a.clear_source_event_id(); }},
      {"activity.occur_time", [](auto& a) { a.mutable_occur_time()->set_seconds(4'000'000'000); }},
      {"activity.occur_time", [](auto& a) { a.mutable_occur_time()->set_seconds(-1); }},
      {"activity.occur_time", [](auto& a) { a.mutable_occur_time()->set_nanos(-1); }},
      {"activity.time_source",
       [](auto& a) { a.set_time_source(static_cast<v1::Activity::TimeSource>(8)); }},
  };
  for (const auto& [field, spoil] : cases) {
    v1::Activity activity = Activity("e1");
    spoil(activity);
    EXPECT_THAT(Record(activity), IsInvalidField(field));
  }
}

TEST_F(ActivityServiceTest, AGrantThatDoesNotFitIsRefusedAndRecordsNothing) {
  v1::CreateRuleRequest rule;
  rule.set_parent("programs/acme");
  rule.set_rule_id("huge");
  rule.mutable_rule()->set_activity_type("huge");
  v1::Grant& grant = *rule.mutable_rule()->add_grants();
  grant.set_asset("reputation");
  grant.set_beneficiary(v1::Grant::BENEFICIARY_ACTOR);
  grant.set_amount(1'000'000'000'000'000);
  grant.set_per_quantity(true);
  rule.set_request_id(server.NewRequestId());
  ASSERT_THAT(Invoke(*server.programs, &v1::ProgramAdminService::Stub::CreateRule, rule), IsOk());
  v1::Activity activity = Activity("e1");
  activity.set_type("huge");
  activity.set_quantity(1'000'000'000);
  EXPECT_THAT(Record(activity), HasReason(Reason::kAmountOverflow));
  EXPECT_FALSE(Record(Activity("e1"))->replayed());
}

TEST_F(ActivityServiceTest, GetRefusesMalformedAndUnknownNames) {
  EXPECT_THAT(Get("e1"), IsInvalidField("name"));
  EXPECT_THAT(Get("programs/acme/activities/e1"), IsInvalidField("name"));
  EXPECT_THAT(Get("programs/acme/activities/99999999999999999999"), IsInvalidField("name"));
  EXPECT_THAT(Get("programs/acme/activities/999"), HasReason(Reason::kNotFound));
}

TEST_F(ActivityServiceTest, ActivitiesAreListedNewestFirstOfAllOrOfOneMember) {
  for (const char* event : {"e1", "e2", "e3"}) {
    ASSERT_THAT(Record(Activity(event)), IsOk());
  }
  v1::Activity alone = Activity("e4");
  alone.clear_recipient();
  ASSERT_THAT(Record(alone), IsOk());

  v1::ListActivitiesRequest request;
  request.set_parent("programs/acme");
  request.set_page_size(3);
  const auto list = [&] { return Invoke(*server.activities, &Stub::ListActivities, request); };
  const auto first = list();
  ASSERT_EQ(first->activities_size(), 3);
  EXPECT_EQ(first->activities(0).source_event_id(), "e4");
  EXPECT_EQ(first->activities(0).recipient(), "");
  request.set_page_token(first->next_page_token());
  const auto second = list();
  ASSERT_EQ(second->activities_size(), 1);
  EXPECT_EQ(second->activities(0).source_event_id(), "e1");
  EXPECT_EQ(second->next_page_token(), "");

  request.set_member("programs/acme/members/bob");
  EXPECT_THAT(list(), HasReason(Reason::kPageTokenInvalid));
  request.clear_page_token();
  EXPECT_EQ(list()->activities(0).source_event_id(), "e3");
  request.set_member("programs/acme/members/none");
  EXPECT_THAT(list(), HasReason(Reason::kNotFound));
  request.set_member("bob");
  EXPECT_THAT(list(), IsInvalidField("member"));
  request.clear_member();
  request.set_page_size(-1);
  EXPECT_THAT(list(), IsInvalidField("page_size"));
  request.set_page_size(0);
  request.set_parent("programs/none");
  EXPECT_THAT(list(), HasReason(Reason::kNotFound));
}

TEST_F(ActivityServiceTest, AStreamRecordsInOrderAndListsRefusals) {
  ASSERT_THAT(Record(Activity("e0")), IsOk());
  std::vector<v1::RecordActivitiesRequest> messages = {Message("programs/acme"), Message("")};
  *messages[0].add_activities() = Activity("e0");
  *messages[0].add_activities() = Activity("e1");
  v1::Activity malformed = Activity("e2");
  malformed.clear_type();
  *messages[0].add_activities() = malformed;
  v1::Activity unknown = Activity("e3");
  unknown.set_actor("programs/acme/members/none");
  *messages[1].add_activities() = unknown;
  *messages[1].add_activities() = Activity("e4");

  const auto answer = Stream(messages);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->recorded(), 2);
  EXPECT_EQ(answer->replayed(), 1);
  EXPECT_EQ(answer->refused(), 2);
  ASSERT_EQ(answer->refusals_size(), 2);
  EXPECT_EQ(answer->refusals(0).index(), 2);
  EXPECT_EQ(answer->refusals(0).reason(), "INVALID_FIELD");
  EXPECT_EQ(answer->refusals(1).index(), 3);
  EXPECT_EQ(answer->refusals(1).source_event_id(), "e3");
  EXPECT_EQ(answer->refusals(1).reason(), "NOT_FOUND");

  v1::ListActivitiesRequest list;
  list.set_parent("programs/acme");
  const auto all = Invoke(*server.activities, &Stub::ListActivities, list);
  ASSERT_EQ(all->activities_size(), 3);
  EXPECT_EQ(all->activities(0).source_event_id(), "e4");
  EXPECT_EQ(all->activities(0).revision(), answer->revision());
  EXPECT_EQ(all->activities(1).source_event_id(), "e1");
}

TEST_F(ActivityServiceTest, ALongStreamIsRecordedWholeAndTwiceChangesNothing) {
  std::vector<v1::RecordActivitiesRequest> messages;
  for (int i = 0; i < 12; ++i) {
    messages.push_back(Message("programs/acme"));
    for (int j = 0; j < 500; ++j) {
      *messages.back().add_activities() = Activity(std::to_string(i) + "-" + std::to_string(j));
    }
  }
  const auto first = Stream(messages);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->recorded(), 6000);
  const auto second = Stream(messages);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->recorded(), 0);
  EXPECT_EQ(second->replayed(), 6000);
  EXPECT_EQ(second->revision(), first->revision());
}

TEST_F(ActivityServiceTest, OnlyTheFirstHundredRefusalsAreListed) {
  v1::RecordActivitiesRequest message = Message("programs/acme");
  for (int i = 0; i < 150; ++i) {
    v1::Activity unknown = Activity("e" + std::to_string(i));
    unknown.set_actor("programs/acme/members/none");
    *message.add_activities() = unknown;
  }
  const auto answer = Stream({message});
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->refused(), 150);
  ASSERT_EQ(answer->refusals_size(), 100);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(answer->refusals(i).index(), i);
  }
}

TEST_F(ActivityServiceTest, AStreamThatMakesNoSenseIsRefusedWhole) {
  EXPECT_THAT(Stream({Message("")}), IsInvalidField("parent"));
  EXPECT_THAT(Stream({Message("acme")}), IsInvalidField("parent"));
  EXPECT_THAT(Stream({Message("programs/acme"), Message("programs/other")}),
              IsInvalidField("parent"));
  v1::RecordActivitiesRequest long_message = Message("programs/acme");
  for (int i = 0; i <= 1000; ++i) {
    *long_message.add_activities() = Activity(std::to_string(i));
  }
  EXPECT_THAT(Stream({long_message}), IsInvalidField("activities"));
  v1::RecordActivitiesRequest nowhere = Message("programs/none");
  v1::Activity activity = Activity("e1");
  activity.set_actor("programs/none/members/ada");
  activity.clear_recipient();
  *nowhere.add_activities() = activity;
  EXPECT_THAT(Stream({nowhere}), HasReason(Reason::kNotFound));
  EXPECT_EQ(Stream({})->recorded(), 0);
}

TEST_F(ActivityServiceTest, AStreamEndsWhenTheServerStops) {
  server.store().Stop();
  v1::RecordActivitiesRequest message = Message("programs/acme");
  *message.add_activities() = Activity("e1");
  EXPECT_THAT(Stream({message}), HasReason(Reason::kShuttingDown));
}

TEST_F(ActivityServiceTest, NaughtyStringsAreKeptByteForByteOrRefused) {
  const std::vector<std::string> strings = NaughtyStrings();
  if (strings.empty()) {
    PERIGEE_SKIP_OR_FAIL("no naughty strings: set PERIGEE_DATA");
  }
  int number = 0;
  for (const std::string& text : strings) {
    v1::Activity with_object = Activity("n" + std::to_string(++number));
    with_object.set_object(text);
    const auto first = Record(with_object);
    if (first.ok()) {
      EXPECT_EQ(Get(first->activity().name())->object(), text);
    } else {
      EXPECT_THAT(first, IsInvalidField("activity.object"));
    }
    const auto second = Record(Activity(text));
    if (second.ok()) {
      EXPECT_EQ(Get(second->activity().name())->source_event_id(), text);
      EXPECT_TRUE(Record(Activity(text))->replayed());
    } else {
      EXPECT_THAT(second, IsInvalidField("activity.source_event_id"));
    }
  }
}

}  // namespace
}  // namespace perigee::tests
