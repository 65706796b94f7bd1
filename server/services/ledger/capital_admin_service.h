#pragma once

#include "perigee/v1/capital.grpc.pb.h"
#include "server/services/call.h"

namespace perigee::services {

// The changes of capital.proto. `call` must outlive it. Safe from many threads.
class CapitalAdminService final : public v1::CapitalAdminService::CallbackService {
 public:
  explicit CapitalAdminService(Call& call);

  grpc::ServerUnaryReactor* CreateAccount(grpc::CallbackServerContext* context,
                                          const v1::CreateAccountRequest* request,
                                          v1::Account* response) override;
  grpc::ServerUnaryReactor* PostTransfers(grpc::CallbackServerContext* context,
                                          const v1::PostTransfersRequest* request,
                                          v1::PostTransfersResponse* response) override;
  grpc::ServerUnaryReactor* Distribute(grpc::CallbackServerContext* context,
                                       const v1::DistributeRequest* request,
                                       v1::PostTransfersResponse* response) override;
  grpc::ServerUnaryReactor* CaptureTransfer(grpc::CallbackServerContext* context,
                                            const v1::CaptureTransferRequest* request,
                                            v1::Transfer* response) override;
  grpc::ServerUnaryReactor* VoidTransfer(grpc::CallbackServerContext* context,
                                         const v1::VoidTransferRequest* request,
                                         v1::Transfer* response) override;
  grpc::ServerUnaryReactor* ReverseTransfer(grpc::CallbackServerContext* context,
                                            const v1::ReverseTransferRequest* request,
                                            v1::Transfer* response) override;

 private:
  Call& call_;
  const Method create_account_;
  const Method post_transfers_;
  const Method distribute_;
  const Method capture_transfer_;
  const Method void_transfer_;
  const Method reverse_transfer_;
};

}  // namespace perigee::services
