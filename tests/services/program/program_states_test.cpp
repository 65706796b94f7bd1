#include <string>

#include "tests/matchers/status.h"
#include "tests/services/admin_server.h"

namespace perigee::tests {
namespace {

using Stub = v1::ProgramAdminService::Stub;

class ProgramStatesTest : public ::testing::Test {
 protected:
  ProgramStatesTest() { server.MakeProgram(); }

  absl::StatusOr<v1::Program> Get() {
    v1::GetProgramRequest request;
    request.set_name("programs/acme");
    return Invoke(*server.programs, &Stub::GetProgram, request);
  }
  absl::StatusOr<v1::Program> Close(const std::string& name = "programs/acme") {
    v1::CloseProgramRequest request;
    request.set_name(name);
    request.set_request_id(server.NewRequestId());
    return Invoke(*server.programs, &Stub::CloseProgram, request);
  }
  absl::StatusOr<v1::Program> Reopen(const std::string& name = "programs/acme") {
    v1::ReopenProgramRequest request;
    request.set_name(name);
    request.set_request_id(server.NewRequestId());
    return Invoke(*server.programs, &Stub::ReopenProgram, request);
  }
  v1::DeleteProgramRequest Deletion(const std::string& name = "programs/acme") {
    v1::DeleteProgramRequest request;
    request.set_name(name);
    request.set_confirmed_name(name);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  absl::StatusOr<v1::DeleteProgramResponse> Send(const v1::DeleteProgramRequest& request) {
    return Invoke(*server.programs, &Stub::DeleteProgram, request);
  }
  absl::StatusOr<v1::Member> GetMember() {
    v1::GetMemberRequest request;
    request.set_name("programs/acme/members/m1");
    return Invoke(*server.members, &v1::MemberService::Stub::GetMember, request);
  }
  absl::StatusOr<v1::Member> CreateMember() {
    v1::CreateMemberRequest request;
    request.set_parent("programs/acme");
    request.set_member_id("late");
    request.mutable_member()->set_display_name("Late");
    request.set_request_id(server.NewRequestId());
    return Invoke(*server.member_admin, &v1::MemberAdminService::Stub::CreateMember, request);
  }
  absl::StatusOr<v1::RecordActivityResponse> Record() {
    v1::RecordActivityRequest request;
    request.set_parent("programs/acme");
    request.mutable_activity()->set_type("answer");
    request.mutable_activity()->set_actor("programs/acme/members/m1");
    request.mutable_activity()->set_quantity(1);
    request.mutable_activity()->set_source("test");
    request.mutable_activity()->set_source_event_id("e1");
    return Invoke(*server.activities, &v1::ActivityAdminService::Stub::RecordActivity, request);
  }

  AdminServer server;
};

TEST_F(ProgramStatesTest, AClosedProgrammeIsReadAndNotChanged) {
  server.MakeMember("m1");
  EXPECT_EQ(Get()->state(), v1::Program::STATE_OPEN);
  const auto closed = Close();
  ASSERT_THAT(closed, IsOk());
  EXPECT_EQ(closed->state(), v1::Program::STATE_CLOSED);
  EXPECT_EQ(Get()->SerializeAsString(), closed->SerializeAsString());
  EXPECT_THAT(GetMember(), IsOk());
  EXPECT_THAT(CreateMember(), HasReason(Reason::kProgramClosed));
  EXPECT_THAT(Record(), HasReason(Reason::kProgramClosed));
  EXPECT_THAT(Close(), HasReason(Reason::kProgramClosed));

  EXPECT_EQ(Reopen()->state(), v1::Program::STATE_OPEN);
  EXPECT_THAT(Reopen(), HasReason(Reason::kProgramNotClosed));
  EXPECT_THAT(CreateMember(), IsOk());
  EXPECT_THAT(Record(), IsOk());
}

TEST_F(ProgramStatesTest, EachMoveRefusesMalformedAndUnknownNames) {
  EXPECT_THAT(Close("acme"), IsInvalidField("name"));
  EXPECT_THAT(Close("programs/none"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Reopen("acme"), IsInvalidField("name"));
  EXPECT_THAT(Reopen("programs/none"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Send(Deletion("acme")), IsInvalidField("name"));
  EXPECT_THAT(Send(Deletion("programs/none")), HasReason(Reason::kNotFound));
}

TEST_F(ProgramStatesTest, ADeletionNeedsAClosedProgrammeAndItsNameTwice) {
  EXPECT_THAT(Send(Deletion()), HasReason(Reason::kProgramNotClosed));
  ASSERT_THAT(Close(), IsOk());
  v1::DeleteProgramRequest request = Deletion();
  request.clear_confirmed_name();
  EXPECT_THAT(Send(request), IsInvalidField("confirmed_name"));
  request.set_confirmed_name("programs/acme-2");
  EXPECT_THAT(Send(request), IsInvalidField("confirmed_name"));
  EXPECT_THAT(Get(), IsOk());
}

// No job runs here, so the rows of the last members and of the rules stay where they are.
TEST_F(ProgramStatesTest, NothingOfADeletedProgrammeIsFoundWhileItsRowsAreThere) {
  server.MakeRule("answered", "answer", 5);
  for (int i = 1; i <= ports::kDeletedAtOnce; ++i) {
    server.MakeMember("m" + std::to_string(i));
  }
  const auto recorded = Record();
  ASSERT_THAT(recorded, IsOk());
  ASSERT_THAT(Close(), IsOk());
  ASSERT_THAT(Send(Deletion()), IsOk());

  EXPECT_THAT(Get(), HasReason(Reason::kNotFound));
  EXPECT_THAT(GetMember(), HasReason(Reason::kNotFound));
  EXPECT_THAT(CreateMember(), HasReason(Reason::kNotFound));
  EXPECT_THAT(Record(), HasReason(Reason::kNotFound));
  EXPECT_THAT(Close(), HasReason(Reason::kNotFound));
  v1::GetAssetRequest asset;
  asset.set_name("programs/acme/assets/access");
  EXPECT_THAT(Invoke(*server.programs, &Stub::GetAsset, asset), HasReason(Reason::kNotFound));
  v1::GetRuleRequest rule;
  rule.set_name("programs/acme/rules/answered");
  EXPECT_THAT(Invoke(*server.programs, &Stub::GetRule, rule), HasReason(Reason::kNotFound));
  v1::GetActivityRequest activity;
  activity.set_name(recorded->activity().name());
  EXPECT_THAT(Invoke(*server.activities, &v1::ActivityAdminService::Stub::GetActivity, activity),
              HasReason(Reason::kNotFound));
  v1::SuspendMemberRequest suspend;
  suspend.set_name("programs/acme/members/m1");
  suspend.set_request_id(server.NewRequestId());
  EXPECT_THAT(Invoke(*server.member_admin, &v1::MemberAdminService::Stub::SuspendMember, suspend),
              HasReason(Reason::kNotFound));

  v1::CreateProgramRequest anew;
  anew.set_program_id("acme");
  anew.mutable_program()->set_display_name("Acme");
  anew.set_request_id(server.NewRequestId());
  EXPECT_THAT(Invoke(*server.programs, &Stub::CreateProgram, anew),
              HasReason(Reason::kProgramBeingDeleted));
}

}  // namespace
}  // namespace perigee::tests
