#include "tests/services/admin_server.h"

#include "tests/matchers/status.h"

namespace perigee::tests {

AdminServer::AdminServer(sql::SqlStoreOptions options)
    : ServerFixture(options),
      program_service(call(), tokens()),
      member_service(call(), ids, no_boards(), tokens()),
      member_admin_service(call(), ids, tokens(), search()),
      activity_service(call(), tokens(), no_places()) {
  Serve({&program_service, &member_service, &member_admin_service, &activity_service});
  programs = v1::ProgramAdminService::NewStub(channel());
  members = v1::MemberService::NewStub(channel());
  member_admin = v1::MemberAdminService::NewStub(channel());
  activities = v1::ActivityAdminService::NewStub(channel());
}

AdminServer::~AdminServer() { StopServing(); }

v1::Program AdminServer::MakeProgram(const std::string& id) {
  v1::CreateProgramRequest request;
  request.set_program_id(id);
  request.mutable_program()->set_display_name("Acme Champions");
  request.set_request_id(NewRequestId());
  const auto program = Invoke(*programs, &v1::ProgramAdminService::Stub::CreateProgram, request);
  EXPECT_THAT(program, IsOk());
  return program.value_or(v1::Program());
}

v1::Member AdminServer::MakeMember(const std::string& id, const std::string& program) {
  v1::CreateMemberRequest request;
  request.set_parent("programs/" + program);
  request.set_member_id(id);
  request.mutable_member()->set_display_name("Member " + id);
  request.set_request_id(NewRequestId());
  const auto member = Invoke(*member_admin, &v1::MemberAdminService::Stub::CreateMember, request);
  EXPECT_THAT(member, IsOk());
  return member.value_or(v1::Member());
}

void AdminServer::MakeRule(const std::string& id, const std::string& activity_type,
                           std::int64_t amount) {
  v1::CreateRuleRequest request;
  request.set_parent("programs/acme");
  request.set_rule_id(id);
  request.mutable_rule()->set_activity_type(activity_type);
  v1::Grant& grant = *request.mutable_rule()->add_grants();
  grant.set_asset("reputation");
  grant.set_beneficiary(v1::Grant::BENEFICIARY_RECIPIENT);
  grant.set_amount(amount);
  grant.set_per_quantity(true);
  request.set_request_id(NewRequestId());
  EXPECT_THAT(Invoke(*programs, &v1::ProgramAdminService::Stub::CreateRule, request), IsOk());
}

}  // namespace perigee::tests
