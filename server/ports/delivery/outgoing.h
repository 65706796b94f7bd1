#pragma once

#include <map>
#include <string>

#include "server/domain/delivery/webhook.h"

namespace perigee::ports {

// One message to an address that somebody outside has chosen.
struct OutgoingPost {
  std::string url;
  std::multimap<std::string, std::string> headers;
  std::string body;
};

struct OutgoingAnswer {
  domain::AttemptFailure failure = domain::AttemptFailure::kNone;
  int status = 0;                // 0: none came.
  std::string retry_after = {};  // As the receiver wrote it. Empty: nothing.
  // The port was stopped, so this says nothing of the receiver. Whether the message arrived is not
  // known.
  bool was_stopped = false;
};

// Sends messages to receivers on the internet. Safe from many threads.
class Outgoing {
 public:
  virtual ~Outgoing() = default;

  // Sends the message by POST to one of the addresses that the URL's host has, if OutgoingAddress
  // allows them all, over TLS that proves the host's name. Redirects are not followed, and of the
  // answer only the head is read. Blocks until it is there, some fifteen seconds at most. An answer
  // that is not 2xx is the failure kStatus.
  virtual OutgoingAnswer Post(const OutgoingPost& post) = 0;
  // Ends running calls of Post soon and fails every later one.
  virtual void Stop() = 0;
};

}  // namespace perigee::ports
