#pragma once

#include "server/ports/ids.h"

namespace perigee::adapters {

// Random UUIDs (version 4, RFC 9562) from OpenSSL's generator.
class RandomIds final : public ports::Ids {
 public:
  Uuid Random() override;
};

}  // namespace perigee::adapters
