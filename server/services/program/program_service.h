#pragma once

#include "perigee/v1/program.grpc.pb.h"
#include "server/services/call.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// program.proto. `call` and `tokens` must outlive it. Safe from many threads.
class ProgramAdminService final : public v1::ProgramAdminService::CallbackService {
 public:
  ProgramAdminService(Call& call, const PageTokens& tokens);

  grpc::ServerUnaryReactor* CreateProgram(grpc::CallbackServerContext* context,
                                          const v1::CreateProgramRequest* request,
                                          v1::Program* response) override;
  grpc::ServerUnaryReactor* GetProgram(grpc::CallbackServerContext* context,
                                       const v1::GetProgramRequest* request,
                                       v1::Program* response) override;
  grpc::ServerUnaryReactor* ListPrograms(grpc::CallbackServerContext* context,
                                         const v1::ListProgramsRequest* request,
                                         v1::ListProgramsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateProgram(grpc::CallbackServerContext* context,
                                          const v1::UpdateProgramRequest* request,
                                          v1::Program* response) override;
  grpc::ServerUnaryReactor* CreateAsset(grpc::CallbackServerContext* context,
                                        const v1::CreateAssetRequest* request,
                                        v1::Asset* response) override;
  grpc::ServerUnaryReactor* GetAsset(grpc::CallbackServerContext* context,
                                     const v1::GetAssetRequest* request,
                                     v1::Asset* response) override;
  grpc::ServerUnaryReactor* ListAssets(grpc::CallbackServerContext* context,
                                       const v1::ListAssetsRequest* request,
                                       v1::ListAssetsResponse* response) override;
  grpc::ServerUnaryReactor* CreateRule(grpc::CallbackServerContext* context,
                                       const v1::CreateRuleRequest* request,
                                       v1::Rule* response) override;
  grpc::ServerUnaryReactor* GetRule(grpc::CallbackServerContext* context,
                                    const v1::GetRuleRequest* request, v1::Rule* response) override;
  grpc::ServerUnaryReactor* ListRules(grpc::CallbackServerContext* context,
                                      const v1::ListRulesRequest* request,
                                      v1::ListRulesResponse* response) override;
  grpc::ServerUnaryReactor* ListRuleVersions(grpc::CallbackServerContext* context,
                                             const v1::ListRuleVersionsRequest* request,
                                             v1::ListRuleVersionsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateRule(grpc::CallbackServerContext* context,
                                       const v1::UpdateRuleRequest* request,
                                       v1::Rule* response) override;

 private:
  Call& call_;
  const PageTokens& tokens_;
  const Method create_program_;
  const Method get_program_;
  const Method list_programs_;
  const Method update_program_;
  const Method create_asset_;
  const Method get_asset_;
  const Method list_assets_;
  const Method create_rule_;
  const Method get_rule_;
  const Method list_rules_;
  const Method list_rule_versions_;
  const Method update_rule_;
};

}  // namespace perigee::services
