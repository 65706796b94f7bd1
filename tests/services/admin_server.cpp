#include "tests/services/admin_server.h"

#include "tests/matchers/status.h"

namespace perigee::tests {

AdminServer::AdminServer()
    : program_service(call(), tokens()),
      member_service(call()),
      member_admin_service(call(), ids, tokens()),
      activity_service(call(), tokens()) {
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

}  // namespace perigee::tests
