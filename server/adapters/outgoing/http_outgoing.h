#pragma once

#include <string>

#include "server/adapters/outgoing/resolver.h"
#include "server/adapters/web/web_client.h"
#include "server/core/outgoing_address.h"
#include "server/ports/delivery/outgoing.h"

namespace perigee::adapters {

class HttpOutgoing final : public ports::Outgoing {
 public:
  struct Options {
    OutgoingRules rules{};
    // Of the authorities that vouch for receivers. Empty: those of the system.
    std::string ca_file{};
    WebLimits limits{};
    Resolver::Resolve resolve = ResolveHost;
  };
  explicit HttpOutgoing(Options options);

  ports::OutgoingAnswer Post(const ports::OutgoingPost& post) override;
  void Stop() override;

 private:
  const Options options_;
  Resolver resolver_;
  WebClient client_;
};

}  // namespace perigee::adapters
