#pragma once

#include <string>

#include "server/domain/member/member_key.h"

namespace perigee::ports {

// What must be erased again: its keys are destroyed, and the book does not say so, because a backup
// of the book was restored. `member` is nil for a programme that was deleted; then none of its
// members is named.
struct Revived {
  std::string program;
  domain::MemberKey member;
};

}  // namespace perigee::ports
