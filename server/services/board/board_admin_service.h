#pragma once

#include "perigee/v1/board.grpc.pb.h"
#include "server/services/call.h"

namespace perigee::ports {
class BoardView;
}  // namespace perigee::ports

namespace perigee::services {

// The internal half of board.proto. The constructor's arguments must outlive it. Safe from many
// threads.
class BoardAdminService final : public v1::BoardAdminService::CallbackService {
 public:
  BoardAdminService(Call& call, ports::BoardView& view);

  grpc::ServerUnaryReactor* CreateBoard(grpc::CallbackServerContext* context,
                                        const v1::CreateBoardRequest* request,
                                        v1::Board* response) override;
  grpc::ServerUnaryReactor* UpdateBoard(grpc::CallbackServerContext* context,
                                        const v1::UpdateBoardRequest* request,
                                        v1::Board* response) override;
  grpc::ServerUnaryReactor* DeleteBoard(grpc::CallbackServerContext* context,
                                        const v1::DeleteBoardRequest* request,
                                        v1::DeleteBoardResponse* response) override;
  grpc::ServerUnaryReactor* ClosePeriod(grpc::CallbackServerContext* context,
                                        const v1::ClosePeriodRequest* request,
                                        v1::Period* response) override;
  grpc::ServerUnaryReactor* AmendPeriod(grpc::CallbackServerContext* context,
                                        const v1::AmendPeriodRequest* request,
                                        v1::Period* response) override;
  grpc::ServerUnaryReactor* VerifyBoard(grpc::CallbackServerContext* context,
                                        const v1::VerifyBoardRequest* request,
                                        v1::VerifyBoardResponse* response) override;

 private:
  Call& call_;
  ports::BoardView& view_;
  const Method create_board_;
  const Method update_board_;
  const Method delete_board_;
  const Method close_period_;
  const Method amend_period_;
  const Method verify_board_;
};

}  // namespace perigee::services
