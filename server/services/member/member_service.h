#pragma once

#include "perigee/v1/member.grpc.pb.h"
#include "server/services/call.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class Ids;
}  // namespace perigee::ports

namespace perigee::services {

// The fields of members that a member may see (member.proto). `call` must outlive it. Safe from
// many threads.
class MemberService final : public v1::MemberService::CallbackService {
 public:
  explicit MemberService(Call& call);

  grpc::ServerUnaryReactor* GetMember(grpc::CallbackServerContext* context,
                                      const v1::GetMemberRequest* request,
                                      v1::Member* response) override;

 private:
  Call& call_;
  const Method get_member_;
};

// Keeps the members of a programme (member.proto). The constructor's arguments must outlive it.
// Safe from many threads.
class MemberAdminService final : public v1::MemberAdminService::CallbackService {
 public:
  MemberAdminService(Call& call, ports::Ids& ids, const PageTokens& tokens);

  grpc::ServerUnaryReactor* CreateMember(grpc::CallbackServerContext* context,
                                         const v1::CreateMemberRequest* request,
                                         v1::Member* response) override;
  grpc::ServerUnaryReactor* ListMembers(grpc::CallbackServerContext* context,
                                        const v1::ListMembersRequest* request,
                                        v1::ListMembersResponse* response) override;
  grpc::ServerUnaryReactor* UpdateMember(grpc::CallbackServerContext* context,
                                         const v1::UpdateMemberRequest* request,
                                         v1::Member* response) override;
  grpc::ServerUnaryReactor* SuspendMember(grpc::CallbackServerContext* context,
                                          const v1::SuspendMemberRequest* request,
                                          v1::Member* response) override;
  grpc::ServerUnaryReactor* ReinstateMember(grpc::CallbackServerContext* context,
                                            const v1::ReinstateMemberRequest* request,
                                            v1::Member* response) override;

 private:
  Call& call_;
  ports::Ids& ids_;
  const PageTokens& tokens_;
  const Method create_member_;
  const Method list_members_;
  const Method update_member_;
  const Method suspend_member_;
  const Method reinstate_member_;
};

}  // namespace perigee::services
