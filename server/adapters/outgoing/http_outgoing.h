#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/adapters/web/web_client.h"
#include "server/core/outgoing_address.h"
#include "server/ports/delivery/outgoing.h"

namespace perigee::adapters {

// The IP addresses of a host, as the resolver of this machine writes them. Empty if it knows none.
std::vector<std::string> ResolveHost(const std::string& host);

class HttpOutgoing final : public ports::Outgoing {
 public:
  struct Options {
    OutgoingRules rules{};
    // Of the authorities that vouch for receivers. Empty: those of the system.
    std::string ca_file{};
    WebLimits limits{};
    std::function<std::vector<std::string>(const std::string& host)> resolve = ResolveHost;
  };
  explicit HttpOutgoing(Options options);

  ports::OutgoingAnswer Post(const ports::OutgoingPost& post) override;
  void Stop() override { client_.Cancel(); }

 private:
  const Options options_;
  WebClient client_;
};

}  // namespace perigee::adapters
