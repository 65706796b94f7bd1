#pragma once

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "server/adapters/outgoing/http_outgoing.h"
#include "server/core/outgoing_address.h"
#include "server/core/vapid.h"
#include "server/runtime/executor.h"

namespace perigee::runtime {
struct AccessFile;
}  // namespace perigee::runtime

namespace perigee {

// What the server needs to send to others by itself.
struct Senders {
  // kInvalidField if the key for Web Push cannot be read, or is none.
  static absl::StatusOr<std::unique_ptr<Senders>> Open(
      const std::optional<runtime::AccessFile>& file);
  explicit Senders(const runtime::AccessFile& file);

  // Null: there is no key.
  const VapidKey* vapid() const { return push_key.has_value() ? &*push_key : nullptr; }

  const OutgoingRules rules;
  std::optional<VapidKey> push_key;
  adapters::HttpOutgoing outgoing;
  runtime::ThreadExecutor threads;
};

}  // namespace perigee
