#pragma once

#include "server/core/page_token.h"
#include "server/ports/ids.h"
#include "server/services/call.h"

namespace perigee::services {

// What every service is given. All of it outlives the service.
struct ServiceDeps {
  Call& call;
  ports::Ids& ids;
  const PageTokens& page_tokens;
};

}  // namespace perigee::services
