#include "server/adapters/outgoing/http_outgoing.h"

#include <optional>
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

HttpOutgoing::HttpOutgoing(Options options)
    : options_(std::move(options)), resolver_(options_.resolve), client_(options_.limits) {}

ports::OutgoingAnswer HttpOutgoing::Post(const ports::OutgoingPost& post) {
  const absl::StatusOr<OutgoingAddress> address = OutgoingAddress::Parse(post.url, options_.rules);
  if (!address.ok()) {
    return {.failure = AttemptFailure::kAddress};
  }
  const std::string& host = address->parts().host;
  const std::optional<std::vector<std::string>> found =
      address->parts().host_is_ip ? std::vector<std::string>{host}
                                  : resolver_.Ask(host, options_.limits.step);
  if (!found.has_value()) {
    return {.failure = AttemptFailure::kTimeout, .was_stopped = resolver_.stopped()};
  }
  if (!address->CheckResolved(*found).ok()) {
    return {.failure = AttemptFailure::kAddress};
  }
  WebRequest request;
  request.address = address->parts();
  request.ip = found->front();
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

void HttpOutgoing::Stop() {
  resolver_.Stop();
  client_.Cancel();
}

}  // namespace perigee::adapters
