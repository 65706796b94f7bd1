#pragma once

#include "perigee/v1/capital.pb.h"
#include "server/services/service.h"

namespace perigee::services {

class PlacesAfterWrite;

// The changes of capital.proto. `call` and `places` must outlive it. Safe from many threads.
class CapitalAdminService final : public Service {
 public:
  CapitalAdminService(Call& call, PlacesAfterWrite& places);
};

}  // namespace perigee::services
