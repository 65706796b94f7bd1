#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "server/core/outgoing_address.h"
#include "server/domain/delivery/device.h"
#include "server/domain/delivery/webhook.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/delivery/devices.h"
#include "server/use_cases/delivery/webhooks.h"
#include "tests/core/open_aes128gcm.h"
#include "tests/jobs/units.h"
#include "tests/matchers/status.h"

namespace perigee::tests {

// The private number and the secret of a browser's subscription.
inline const std::string kBrowserNumber = "0123456789abcdef0123456789abcdef";
inline const std::string kBrowserAuth = "auth of 16 bytes";

// A programme with the members ada and bob, whose webhooks and devices are changed by the use cases
// and written to a real store. Receivers on this machine are allowed.
class SendersTest : public UnitsTest {
 protected:
  static constexpr OutgoingRules kRules{true};

  SendersTest() {
    programme.AddMember("ada");
    programme.AddMember("bob");
    // A record is made in the entry that has its create_time. Later ones change it.
    programme.clock.Advance(std::chrono::seconds(1));
  }

  static domain::Webhook Crm(const std::string& url = "https://crm.example/hook") {
    domain::Webhook webhook;
    webhook.id = "crm";
    webhook.url = url;
    webhook.secret.bytes[0] = 1;
    return webhook;
  }
  absl::StatusOr<use_cases::WebhookWithSecret> Create(const domain::Webhook& webhook) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::CreateWebhook(reader, unit, "demo", webhook, kRules);
    });
  }
  absl::StatusOr<use_cases::WebhookNow> Update(const std::function<void(domain::Webhook&)>& change,
                                               const std::string& etag = "") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::UpdateWebhook(reader, unit, "demo", "crm", {change, etag}, kRules);
    });
  }
  absl::StatusOr<use_cases::WebhookNow> Resume(std::optional<domain::Revision> after = {}) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::ResumeWebhook(reader, unit, "demo", "crm", after);
    });
  }
  absl::StatusOr<domain::Device> Register(const std::string& member, const std::string& endpoint) {
    domain::Device device;
    device.endpoint = endpoint;
    device.p256dh = absl::WebSafeBase64Escape(PointOf(kBrowserNumber));
    device.auth = absl::WebSafeBase64Escape(kBrowserAuth);
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::RegisterDevice(reader, unit, "demo", member, device, kRules);
    });
  }
  // Writes the changes that `decide`, (StoreReader&, UnitContext) → StatusOr<Changes>, makes.
  template <class Decide>
  absl::Status Write(Decide decide) {
    return Do([&](auto& reader, const auto& unit) -> absl::StatusOr<use_cases::Decided<bool>> {
             absl::StatusOr<domain::Changes> changes = decide(reader, unit);
             if (!changes.ok()) {
               return changes.status();
             }
             return use_cases::Decided<bool>{true, *std::move(changes)};
           })
        .status();
  }
  absl::Status Push(const std::string& member, const std::string& notification) {
    const use_cases::PushOrder order{programme.KeyOf(member), notification, "thanks",
                                     "There is news for you"};
    return Write([&](auto& reader, const auto& unit) -> absl::StatusOr<domain::Changes> {
      domain::Changes changes;
      const absl::Status status = use_cases::EnqueuePush(reader, unit, "demo", order, changes);
      return status.ok() ? absl::StatusOr<domain::Changes>(std::move(changes)) : status;
    });
  }

  use_cases::WebhookNow Stored() {
    use_cases::WebhookNow now;
    programme.Read([&](ports::StoreReader& reader) {
      now = use_cases::RequireWebhook(reader, "demo", "crm").value();
      return absl::OkStatus();
    });
    return now;
  }
  template <class R>
  std::vector<R> All() {
    std::vector<R> all;
    programme.Read([&](ports::StoreReader& reader) {
      all = reader.records().List<R>("demo", {}, nullptr, 2000).value();
      return absl::OkStatus();
    });
    return all;
  }
  Time Now() { return programme.clock.Now(); }
};

}  // namespace perigee::tests
