#pragma once

#include "perigee/v1/seat.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// What staff do with seats of insider items (seat.proto). The constructor's arguments must outlive
// it. Safe from many threads.
class SeatAdminService final : public Service {
 public:
  SeatAdminService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
