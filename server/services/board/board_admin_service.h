#pragma once

#include "perigee/v1/board.pb.h"
#include "server/services/service.h"

namespace perigee::ports {
class BoardView;
}  // namespace perigee::ports

namespace perigee::services {

// The internal half of board.proto. The constructor's arguments must outlive it. Safe from many
// threads.
class BoardAdminService final : public Service {
 public:
  BoardAdminService(Call& call, ports::BoardView& view);

 private:
  ports::BoardView& view_;
};

}  // namespace perigee::services
