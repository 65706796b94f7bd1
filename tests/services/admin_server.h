#pragma once

#include <memory>
#include <string>

#include "perigee/v1/activity.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "perigee/v1/program.grpc.pb.h"
#include "server/services/activity/activity_service.h"
#include "server/services/member/member_service.h"
#include "server/services/program/program_service.h"
#include "tests/services/server_fixture.h"

namespace perigee::tests {

// A server with the services that make programmes, members and activities, and stubs for all of
// them.
class AdminServer : public ServerFixture {
 public:
  explicit AdminServer(sql::SqlStoreOptions options = {});
  ~AdminServer();

  // These make `programs/{id}` in UTC, a member, and a rule of `acme` that grants the recipient
  // `amount` reputation times the quantity. All must succeed.
  v1::Program MakeProgram(const std::string& id = "acme");
  v1::Member MakeMember(const std::string& id, const std::string& program = "acme");
  void MakeRule(const std::string& id, const std::string& activity_type, std::int64_t amount);

  services::ProgramAdminService program_service;
  services::MemberService member_service;
  services::MemberAdminService member_admin_service;
  services::ActivityAdminService activity_service;

  std::unique_ptr<v1::ProgramAdminService::Stub> programs;
  std::unique_ptr<v1::MemberService::Stub> members;
  std::unique_ptr<v1::MemberAdminService::Stub> member_admin;
  std::unique_ptr<v1::ActivityAdminService::Stub> activities;
};

}  // namespace perigee::tests
