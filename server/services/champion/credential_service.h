#pragma once

#include "perigee/v1/credential.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class Ids;
}  // namespace perigee::ports

namespace perigee::services {

// The portable record (credential.proto): what its holders do, and what everybody may know of its
// issuer. The constructor's arguments must outlive it. Safe from many threads.
class CredentialService final : public Service {
 public:
  CredentialService(Call& call, ports::Ids& ids, const PageTokens& tokens);
};

// What staff do with credentials. `call` must outlive it. Safe from many threads.
class CredentialAdminService final : public Service {
 public:
  explicit CredentialAdminService(Call& call);
};

}  // namespace perigee::services
