#pragma once

#include "perigee/v1/facet.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class BoardView;
}  // namespace perigee::ports

namespace perigee::services {

// What members do with their facets (facet.proto). The constructor's arguments must outlive it.
// Safe from many threads.
class FacetService final : public Service {
 public:
  FacetService(Call& call, ports::BoardView& boards, const PageTokens& tokens);
};

// What staff and systems do with facets (facet.proto). The constructor's arguments must outlive it.
// Safe from many threads.
class FacetAdminService final : public Service {
 public:
  FacetAdminService(Call& call, ports::BoardView& boards);
};

}  // namespace perigee::services
