#pragma once

#include "perigee/v1/invitation.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class Ids;
}  // namespace perigee::ports

namespace perigee::services {

// Invites people (invitation.proto). The constructor's arguments must outlive it. Safe from many
// threads.
class InvitationAdminService final : public Service {
 public:
  InvitationAdminService(Call& call, ports::Ids& ids, const PageTokens& tokens);

 private:
  ports::Ids& ids_;
  const PageTokens& tokens_;
};

}  // namespace perigee::services
