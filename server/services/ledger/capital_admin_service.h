#pragma once

#include "perigee/v1/capital.pb.h"
#include "server/services/service.h"

namespace perigee::services {

// The changes of capital.proto. `call` must outlive it. Safe from many threads.
class CapitalAdminService final : public Service {
 public:
  explicit CapitalAdminService(Call& call);
};

}  // namespace perigee::services
