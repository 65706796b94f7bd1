#include "server/services/delivery/webhook_admin_service.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/ids.h"
#include "server/ports/record_reader.h"
#include "server/services/delivery/delivery_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/update_mask.h"
#include "server/use_cases/delivery/webhooks.h"

namespace perigee::services {
namespace {

using domain::Delivery;
using domain::Webhook;
using use_cases::WebhookNow;
using use_cases::WebhookWithSecret;

constexpr std::chrono::hours kKeepOldDefault{24};

// A webhook on a page, which is cut by ids.
struct Shown {
  std::string id;
  WebhookNow now;
};

constexpr Changeable<Webhook> kChangeable[] = {
    {"display_name",
     [](Webhook& webhook, const Webhook& given) { webhook.display_name = given.display_name; }},
    {"url", [](Webhook& webhook, const Webhook& given) { webhook.url = given.url; }},
    {"types", [](Webhook& webhook, const Webhook& given) { webhook.types = given.types; }},
    {"paused", [](Webhook& webhook, const Webhook& given) { webhook.paused = given.paused; }},
};

absl::StatusOr<Webhook> ParseWebhook(const v1::Webhook& webhook) {
  Webhook out;
  out.display_name = webhook.display_name();
  out.url = webhook.url();
  out.types = {webhook.types().begin(), webhook.types().end()};
  out.paused = webhook.paused();
  return out;
}

absl::StatusOr<Duration> KeepOld(const v1::RotateWebhookSecretRequest& request) {
  if (!request.has_keep_old()) {
    return Duration(kKeepOldDefault);
  }
  const std::chrono::seconds keep(request.keep_old().seconds());
  if (keep.count() < 0 || request.keep_old().nanos() < 0 || keep > domain::kOldSecretMax) {
    return InvalidField("keep_old", "must be 0 to 7 days");
  }
  return Duration(keep);
}

absl::StatusOr<Change> ChangeToCreate(const v1::CreateWebhookRequest& request, const Uuid& secret,
                                      OutgoingRules rules) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(Webhook webhook, ParseWebhook(request.webhook()));
  webhook.id = request.webhook_id();
  webhook.secret = secret;
  return Change{parts[0], [program = parts[0], webhook, rules](ports::StoreReader& reader,
                                                               const ports::UnitContext& unit) {
                  return Answered(
                      use_cases::CreateWebhook(reader, unit, program, webhook, rules),
                      [&](const WebhookWithSecret& made) { return ToProto(program, made); });
                }};
}

absl::StatusOr<Change> ChangeToUpdate(const v1::UpdateWebhookRequest& request,
                                      OutgoingRules rules) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("webhook.name", request.webhook().name(), kWebhookPattern));
  PERIGEE_ASSIGN_OR_RETURN(
      use_cases::Edit<Webhook> edit,
      ParseEdit(request.update_mask(), request.webhook(), kChangeable, ParseWebhook));
  return Change{
      parts[0], [parts, edit, rules](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(use_cases::UpdateWebhook(reader, unit, parts[0], parts[1], edit, rules),
                        [&](const WebhookNow& changed) { return ToProto(parts[0], changed); });
      }};
}

absl::StatusOr<Change> ChangeToDelete(const CallContext&, const v1::DeleteWebhookRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kWebhookPattern));
  return Change{parts[0], [parts](ports::StoreReader& reader, const ports::UnitContext&) {
                  return Answered(use_cases::DeleteWebhook(reader, parts[0], parts[1]),
                                  [](const WebhookNow&) { return v1::DeleteWebhookResponse(); });
                }};
}

absl::StatusOr<Change> ChangeToRotate(const v1::RotateWebhookSecretRequest& request,
                                      const Uuid& fresh) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kWebhookPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Duration keep, KeepOld(request));
  return Change{parts[0],
                [parts, fresh, keep](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(
                      use_cases::RotateWebhookSecret(reader, unit, parts[0], parts[1], fresh, keep),
                      [&](const WebhookWithSecret& made) { return ToProto(parts[0], made); });
                }};
}

absl::StatusOr<Change> ChangeToResume(const CallContext&, const v1::ResumeWebhookRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kWebhookPattern));
  const auto after = request.has_after_revision()
                         ? std::optional<domain::Revision>(request.after_revision())
                         : std::nullopt;
  return Change{
      parts[0], [parts, after](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(use_cases::ResumeWebhook(reader, unit, parts[0], parts[1], after),
                        [&](const WebhookNow& resumed) { return ToProto(parts[0], resumed); });
      }};
}

absl::StatusOr<Change> ChangeToTest(const CallContext&, const v1::SendTestEventRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kWebhookPattern));
  return Change{parts[0], [parts](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(use_cases::SendTestEvent(reader, unit, parts[0], parts[1]),
                                  [&](const Delivery& made) { return ToProto(parts[0], made); });
                }};
}

absl::StatusOr<Change> ChangeToRedeliver(const CallContext&,
                                         const v1::RedeliverDeliveryRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const use_cases::DeliveryPlace place, ParseDelivery(request.name()));
  return Change{place.program, [place](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(
                      use_cases::RedeliverDelivery(reader, unit, place),
                      [&](const Delivery& again) { return ToProto(place.program, again); });
                }};
}

absl::StatusOr<v1::ListDeliveriesResponse> ListDeliveries(const v1::ListDeliveriesRequest& request,
                                                          const ports::Store& store,
                                                          const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kWebhookPattern));
  if (!v1::Delivery::State_IsValid(request.state())) {
    return InvalidField("state", "is unknown");
  }
  const std::string query =
      "ListDeliveries " + request.parent() + " " + std::to_string(request.state());
  PERIGEE_ASSIGN_OR_RETURN(const Page page, Page::Parse(tokens, query, request));
  Delivery after;
  after.webhook = parts[1];
  if (!page.after().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const use_cases::DeliveryPlace place, ParseDelivery(page.after()));
    after.event = place.event;
    after.place = place.place;
  }
  using Answer = absl::StatusOr<v1::ListDeliveriesResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_RETURN_IF_ERROR(use_cases::RequireWebhook(reader, parts[0], parts[1]).status());
    std::vector<ports::FieldIs> filter = {{"webhook", parts[1]}};
    if (request.state() != v1::Delivery::STATE_UNSPECIFIED) {
      filter.push_back({"state", std::int64_t{request.state()}});
    }
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<Delivery> deliveries,
        reader.records().List<Delivery>(parts[0], filter, &after, page.Limit()));
    v1::ListDeliveriesResponse response;
    response.set_next_page_token(page.Cut(deliveries, [&](const Delivery& one) {
      return FormatName(kDeliveryPattern, {parts[0], parts[1], domain::DeliveryId(one)});
    }));
    for (const Delivery& one : deliveries) {
      *response.add_deliveries() = ToProto(parts[0], one);
    }
    return response;
  });
}

}  // namespace

WebhookAdminService::WebhookAdminService(Call& call, ports::Ids& ids, const PageTokens& tokens,
                                         OutgoingRules rules)
    : Service(call, "perigee.v1.WebhookAdminService") {
  Write<v1::CreateWebhookRequest>("CreateWebhook",
                                  [&ids, rules](const CallContext&, const auto& request) {
                                    return ChangeToCreate(request, ids.Random(), rules);
                                  });
  Write<v1::UpdateWebhookRequest>(
      "UpdateWebhook",
      [rules](const CallContext&, const auto& request) { return ChangeToUpdate(request, rules); });
  Write<v1::DeleteWebhookRequest>("DeleteWebhook", ChangeToDelete);
  Write<v1::RotateWebhookSecretRequest>("RotateWebhookSecret",
                                        [&ids](const CallContext&, const auto& request) {
                                          return ChangeToRotate(request, ids.Random());
                                        });
  Read<v1::ListWebhooksRequest>("ListWebhooks", [this, &tokens](const CallContext&,
                                                                const auto& asked) {
    return ListOfProgram<v1::ListWebhooksResponse>(
        store(), tokens, "ListWebhooks", asked,
        [](auto& reader, const auto& program, const Page&) -> absl::StatusOr<std::vector<Shown>> {
          PERIGEE_ASSIGN_OR_RETURN(std::vector<WebhookNow> all,
                                   use_cases::WebhooksOf(reader, program));
          std::vector<Shown> shown;
          for (WebhookNow& one : all) {
            std::string id = one.webhook.id;
            shown.push_back({std::move(id), std::move(one)});
          }
          return shown;
        },
        [](auto& answer, const auto& program, const Shown& shown) {
          *answer.add_webhooks() = ToProto(program, shown.now);
        });
  });
  Write<v1::ResumeWebhookRequest>("ResumeWebhook", ChangeToResume);
  Write<v1::SendTestEventRequest>("SendTestEvent", ChangeToTest);
  Read<v1::ListDeliveriesRequest>("ListDeliveries",
                                  [this, &tokens](const CallContext&, const auto& asked) {
                                    return services::ListDeliveries(asked, store(), tokens);
                                  });
  Write<v1::RedeliverDeliveryRequest>("RedeliverDelivery", ChangeToRedeliver);
}

}  // namespace perigee::services
