#pragma once

#include "perigee/v1/capital.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// The reads of capital.proto. `call` and `tokens` must outlive it. Safe from many threads.
class CapitalService final : public Service {
 public:
  CapitalService(Call& call, const PageTokens& tokens);

 private:
  const PageTokens& tokens_;
};

}  // namespace perigee::services
