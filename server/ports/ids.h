#pragma once

#include "server/core/uuid.h"

namespace perigee::ports {

// Makes ids that cannot be guessed. Safe from many threads.
class Ids {
 public:
  virtual ~Ids() = default;
  virtual Uuid Random() = 0;
};

}  // namespace perigee::ports
