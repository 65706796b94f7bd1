#pragma once

#include "server/core/time.h"

namespace perigee::ports {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() const = 0;
};

}  // namespace perigee::ports
