#pragma once

#include <set>
#include <string>

#include "perigee/v1/access.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class Ids;
}  // namespace perigee::ports

namespace perigee::services {

// access.proto. The constructor's arguments must outlive it. Safe from many threads.
class AccessAdminService final : public Service {
 public:
  // `issuers`: those whose subjects can sign in. Others are refused, because a grant to a mistyped
  // issuer would wait for somebody who never comes. Empty: where nobody signs in, all are taken.
  AccessAdminService(Call& call, ports::Ids& ids, const PageTokens& tokens,
                     std::set<std::string> issuers = {});

 private:
  ports::Ids& ids_;
  const PageTokens& tokens_;
  const std::set<std::string> issuers_;
};

}  // namespace perigee::services
