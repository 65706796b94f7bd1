#pragma once

#include "perigee/v1/orbit.pb.h"
#include "server/services/service.h"

namespace perigee::services {

// Shows members where they stand (orbit.proto). The constructor's arguments must outlive it. Safe
// from many threads.
class OrbitService final : public Service {
 public:
  explicit OrbitService(Call& call);
};

}  // namespace perigee::services
