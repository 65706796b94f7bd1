#pragma once

#include "perigee/v1/program.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// program.proto. `call` and `tokens` must outlive it. Safe from many threads.
class ProgramAdminService final : public Service {
 public:
  ProgramAdminService(Call& call, const PageTokens& tokens);

 private:
  const PageTokens& tokens_;
};

}  // namespace perigee::services
