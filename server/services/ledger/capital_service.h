#pragma once

#include "perigee/v1/capital.grpc.pb.h"
#include "server/services/call.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// The reads of capital.proto. `call` and `tokens` must outlive it. Safe from many threads.
class CapitalService final : public v1::CapitalService::CallbackService {
 public:
  CapitalService(Call& call, const PageTokens& tokens);

  grpc::ServerUnaryReactor* GetAccount(grpc::CallbackServerContext* context,
                                       const v1::GetAccountRequest* request,
                                       v1::Account* response) override;
  grpc::ServerUnaryReactor* ListMemberAccounts(grpc::CallbackServerContext* context,
                                               const v1::ListMemberAccountsRequest* request,
                                               v1::ListMemberAccountsResponse* response) override;
  grpc::ServerUnaryReactor* ListStatementLines(grpc::CallbackServerContext* context,
                                               const v1::ListStatementLinesRequest* request,
                                               v1::ListStatementLinesResponse* response) override;
  grpc::ServerUnaryReactor* ListLots(grpc::CallbackServerContext* context,
                                     const v1::ListLotsRequest* request,
                                     v1::ListLotsResponse* response) override;
  grpc::ServerUnaryReactor* GetTransfer(grpc::CallbackServerContext* context,
                                        const v1::GetTransferRequest* request,
                                        v1::Transfer* response) override;
  grpc::ServerUnaryReactor* ExplainTransfer(grpc::CallbackServerContext* context,
                                            const v1::ExplainTransferRequest* request,
                                            v1::ExplainTransferResponse* response) override;

 private:
  Call& call_;
  const PageTokens& tokens_;
  const Method get_account_;
  const Method list_member_accounts_;
  const Method list_statement_lines_;
  const Method list_lots_;
  const Method get_transfer_;
  const Method explain_transfer_;
};

}  // namespace perigee::services
