#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "server/adapters/access/issuer_tokens.h"
#include "server/adapters/access/store_access_view.h"
#include "server/runtime/metrics.h"
#include "server/services/gatekeeper.h"

namespace perigee::ports {
class SteadyClock;
class Store;
}  // namespace perigee::ports

namespace perigee::runtime {
struct AccessFile;
}  // namespace perigee::runtime

namespace perigee {

// The parts that ask who calls. Safe from many threads.
class SignIn {
 public:
  // Null if the file lets nobody sign in: then no other machine can reach the server. `secret` is
  // the store's. Store and clock must outlive it. Refuses as IssuerTokens::Start does.
  static absl::StatusOr<std::unique_ptr<SignIn>> Open(
      const std::optional<runtime::AccessFile>& file, ports::Store& store,
      const std::string& secret, const ports::SteadyClock& clock);

  services::Gatekeeper& gatekeeper() { return gatekeeper_; }
  // Those whose subjects can sign in.
  const std::set<std::string>& issuers() const { return issuers_; }
  runtime::SignInFigures Figures() const;

 private:
  SignIn(const runtime::AccessFile& file, ports::Store& store, const std::string& secret,
         std::unique_ptr<adapters::IssuerTokens> tokens);

  std::set<std::string> issuers_;
  const std::unique_ptr<adapters::IssuerTokens> tokens_;
  adapters::StoreAccessView view_;
  services::Gatekeeper gatekeeper_;
};

}  // namespace perigee
