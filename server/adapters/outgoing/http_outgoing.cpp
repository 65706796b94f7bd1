#include "server/adapters/outgoing/http_outgoing.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "server/core/version.h"

namespace perigee::adapters {
namespace {

using domain::AttemptFailure;

constexpr int kOkMin = 200;
constexpr int kOkMax = 299;

AttemptFailure FailureOf(const WebAnswer& answer) {
  switch (answer.fault) {
    case WebFault::kConnection:
      return AttemptFailure::kConnection;
    case WebFault::kTls:
      return AttemptFailure::kTls;
    case WebFault::kTimeout:
      return AttemptFailure::kTimeout;
    case WebFault::kNone:
      return answer.status >= kOkMin && answer.status <= kOkMax ? AttemptFailure::kNone
                                                                : AttemptFailure::kStatus;
    default:
      return AttemptFailure::kAnswer;
  }
}

}  // namespace

std::vector<std::string> ResolveHost(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) {
    return {};
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
  std::vector<std::string> addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    // With a zone, such as `fe80::1%eth0`, it is not public.
    char text[NI_MAXHOST] = {};
    if (getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) ==
        0) {
      addresses.emplace_back(text);
    }
  }
  return addresses;
}

HttpOutgoing::HttpOutgoing(Options options)
    : options_(std::move(options)), client_(options_.limits) {}

ports::OutgoingAnswer HttpOutgoing::Post(const ports::OutgoingPost& post) {
  const absl::StatusOr<OutgoingAddress> address = OutgoingAddress::Parse(post.url, options_.rules);
  if (!address.ok()) {
    return {.failure = AttemptFailure::kAddress};
  }
  const std::string& host = address->parts().host;
  const std::vector<std::string> found =
      address->parts().host_is_ip ? std::vector<std::string>{host} : options_.resolve(host);
  if (!address->CheckResolved(found).ok()) {
    return {.failure = AttemptFailure::kAddress};
  }
  WebRequest request;
  request.address = address->parts();
  request.ip = found.front();
  request.ca_file = options_.ca_file;
  request.method = "POST";
  request.headers = post.headers;
  request.headers.emplace("User-Agent", std::string("perigee/").append(Version()));
  request.body = post.body;
  const WebAnswer answer = client_.Ask(request);
  if (answer.fault == WebFault::kCancelled) {
    return {.was_stopped = true};
  }
  return {.failure = FailureOf(answer), .status = answer.status, .retry_after = answer.retry_after};
}

}  // namespace perigee::adapters
