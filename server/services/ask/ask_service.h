#pragma once

#include "perigee/v1/ask.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// Asks as members see them (ask.proto). The constructor's arguments must outlive it. Safe from many
// threads.
class AskService final : public Service {
 public:
  AskService(Call& call, const PageTokens& tokens);
};

}  // namespace perigee::services
