#include "server/senders.h"

#include <cstddef>
#include <string>
#include <utility>

#include "server/core/status_macros.h"
#include "server/runtime/access_file.h"
#include "server/runtime/text_file.h"

namespace perigee {
namespace {

// Each is kept by one receiver for some fifteen seconds at most. Devices and slow receivers have
// twelve at most, so that the others are for webhooks.
constexpr std::size_t kThreads = 20;
constexpr QueueLimits kQueue{4096};

}  // namespace

Senders::Senders(const runtime::AccessFile& file)
    : rules{file.outgoing.loopback},
      outgoing({.rules = rules, .ca_file = file.outgoing.ca_file}),
      threads(kThreads, kQueue) {}

absl::StatusOr<std::unique_ptr<Senders>> Senders::Open(
    const std::optional<runtime::AccessFile>& file) {
  const runtime::AccessFile access = file.value_or(runtime::AccessFile{});
  auto senders = std::make_unique<Senders>(access);
  if (access.web_push.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(const std::string pem, runtime::ReadTextFile(access.web_push->key));
    PERIGEE_ASSIGN_OR_RETURN(VapidKey key, VapidKey::Parse(pem, access.web_push->contact));
    senders->push_key.emplace(std::move(key));
  }
  return senders;
}

}  // namespace perigee
