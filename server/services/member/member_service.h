#pragma once

#include "perigee/v1/member.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class Ids;
}  // namespace perigee::ports

namespace perigee::services {

// The fields of members that a member may see (member.proto). `call` must outlive it. Safe from
// many threads.
class MemberService final : public Service {
 public:
  explicit MemberService(Call& call);
};

// Keeps the members of a programme (member.proto). The constructor's arguments must outlive it.
// Safe from many threads.
class MemberAdminService final : public Service {
 public:
  MemberAdminService(Call& call, ports::Ids& ids, const PageTokens& tokens);

 private:
  ports::Ids& ids_;
  const PageTokens& tokens_;
};

}  // namespace perigee::services
