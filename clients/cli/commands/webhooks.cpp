#include <cstdint>

#include "absl/strings/numbers.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "perigee/v1/delivery.grpc.pb.h"
#include "server/core/error.h"

namespace perigee::cli {
namespace {

using Admin = v1::WebhookAdminService::Stub;
using Own = v1::DeviceService::Stub;

constexpr std::int64_t kHourSeconds = 3600;

Rows<v1::Webhook> WebhookRows() {
  return {{"WEBHOOK", "STATE", "URL", ">CURSOR", ">WAITING", ">DEAD", "ARRIVED", "FAILING SINCE"},
          [](const v1::Webhook& one) -> Row {
            return {IdOf(one.name()),
                    Word(one.state()),
                    one.url(),
                    std::to_string(one.cursor()),
                    std::to_string(one.waiting()),
                    std::to_string(one.dead()),
                    FormatTimestamp(one.arrive_time()),
                    FormatTimestamp(one.failing_since())};
          }};
}

Rows<v1::Delivery> DeliveryRows() {
  return {{"DELIVERY", "TYPE", "STATE", ">ATTEMPTS", "FAILURE", ">STATUS", "NEXT"},
          [](const v1::Delivery& one) -> Row {
            return {IdOf(one.name()),
                    one.type(),
                    Word(one.state()),
                    std::to_string(one.attempts()),
                    one.attempts() == 0 ? "" : Word(one.failure()),
                    one.status() == 0 ? "" : std::to_string(one.status()),
                    FormatTimestamp(one.next_attempt_time())};
          }};
}

Rows<v1::Device> DeviceRows() {
  return {{"MEMBER", "DEVICE", "NAME", "REGISTERED"}, [](const v1::Device& one) -> Row {
            return {MemberOf(one.name()), IdOf(one.name()), one.display_name(),
                    FormatTimestamp(one.create_time())};
          }};
}

// The secret alone, so that it can be kept in a file.
void ShowSecret(Session& session, const v1::WebhookSecretResponse& made) {
  session.out() << made.secret() << '\n';
}

void ShowKey(Session& session, const v1::PushKey& key) {
  session.out() << key.public_key() << '\n';
}

void BindWebhook(Form& form, const std::string& path = "name") {
  form.Add("WEBHOOK", path, "Its id", {.read = IdIn("webhooks")})->required();
}

void BindProperties(Form& form) {
  form.Add("--display-name", "webhook.display_name", "What staff call it");
  form.Add("--type", "webhook.types",
           "A type of events, such as perigee.appointment.made; may be repeated; all if left out");
}

constexpr char kMade[] = "  perigee webhooks create crm --url https://crm.example/hook -p demo\n";

void AddDefinitions(CLI::App& noun, Chosen& chosen) {
  AddCall<v1::CreateWebhookRequest>(
      noun, chosen,
      {"create", "Make a webhook, and print its secret, which is told once",
       "  perigee webhooks create crm --url https://crm.example/hook \\\n"
       "    --type perigee.appointment.made --type perigee.appointment.revoked -p demo >secret"},
      [](Form& form) {
        form.InProgram();
        form.Add("WEBHOOK", "webhook_id", "Its id")->required();
        form.Add("--url", "webhook.url", "Where messages go: https")->required();
        BindProperties(form);
      },
      Send(Door::kInternal, &Admin::CreateWebhook, ShowSecret));
  AddCall<v1::UpdateWebhookRequest>(
      noun, chosen,
      {"update", "Change what is given, leave the rest",
       kMade + std::string("  perigee webhooks update crm --paused yes -p demo\n"
                           "  perigee webhooks update crm --all-types -p demo")},
      [](Form& form) {
        BindWebhook(form, "webhook.name");
        form.Add("--url", "webhook.url", "Where messages go: https");
        BindProperties(form);
        form.AddClear("--all-types", {"webhook.types"}, "It gets events of all types");
        form.Add("--paused", "webhook.paused", "yes: nothing is sent; no: it goes on");
        BindEtag(form, "webhook.etag");
      },
      Send(Door::kInternal, &Admin::UpdateWebhook, WebhookRows()));
  AddCall<v1::DeleteWebhookRequest>(
      noun, chosen,
      {"delete", "Delete a webhook with its deliveries",
       kMade + std::string("  perigee webhooks delete crm -p demo")},
      [](Form& form) { BindWebhook(form); },
      Send(Door::kInternal, &Admin::DeleteWebhook, Say("deleted")));
  AddCall<v1::RotateWebhookSecretRequest>(
      noun, chosen,
      {"rotate", "Give a webhook a new secret, and print it; the old one is good for a while",
       kMade + std::string("  perigee webhooks rotate crm --keep-hours 48 -p demo >secret")},
      [](Form& form) {
        BindWebhook(form);
        form.AddFilling(
            "--keep-hours", {"keep_old"},
            "How long the old secret stays good, at most 168; 24 if left out",
            [](Session&, const std::string& typed, Form::Message& request) -> absl::Status {
              std::int64_t hours = 0;
              if (!absl::SimpleAtoi(typed, &hours)) {
                return InvalidField("keep_old", "must be a number of hours");
              }
              static_cast<v1::RotateWebhookSecretRequest&>(request).mutable_keep_old()->set_seconds(
                  hours * kHourSeconds);
              return absl::OkStatus();
            });
      },
      Send(Door::kInternal, &Admin::RotateWebhookSecret, ShowSecret));
  AddCall<v1::ListWebhooksRequest>(
      noun, chosen, {"list", "List all webhooks", "  perigee webhooks list -p demo"},
      BindProgramList, List(Door::kInternal, &Admin::ListWebhooks, WebhookRows()));
}

void AddDeliveries(CLI::App& noun, Chosen& chosen) {
  AddCall<v1::ResumeWebhookRequest>(
      noun, chosen,
      {"resume", "Let a webhook go on, or send it again what came after a revision",
       kMade + std::string("  perigee webhooks resume crm --after 1 -p demo")},
      [](Form& form) {
        BindWebhook(form);
        form.Add("--after", "after_revision", "Send the events after this revision again");
      },
      Send(Door::kInternal, &Admin::ResumeWebhook, WebhookRows()));
  AddCall<v1::SendTestEventRequest>(
      noun, chosen,
      {"test", "Send an event that only tries the webhook",
       kMade + std::string("  perigee webhooks test crm -p demo")},
      [](Form& form) { BindWebhook(form); },
      Send(Door::kInternal, &Admin::SendTestEvent, DeliveryRows()));
  AddCall<v1::ListDeliveriesRequest>(
      noun, chosen,
      {"deliveries", "List what has not arrived at a webhook",
       kMade + std::string("  perigee webhooks deliveries crm --state dead -p demo")},
      [](Form& form) {
        BindWebhook(form, "parent");
        form.Add("--state", "state", WordsOf(*v1::Delivery::State_descriptor()));
        BindLimit(form);
      },
      List(Door::kInternal, &Admin::ListDeliveries, DeliveryRows()));
  AddCall<v1::RedeliverDeliveryRequest>(
      noun, chosen,
      {"redeliver", "Try a delivery at once",
       kMade + std::string("  perigee webhooks test crm --names -p demo >delivery\n"
                           "  perigee webhooks redeliver \"$(cat delivery)\"")},
      [](Form& form) {
        form.Add("DELIVERY", "name", "WEBHOOK/ID, or its full name",
                 {.read = IdWithin("webhooks", "deliveries", "WEBHOOK/ID, such as crm/12-0")})
            ->required();
      },
      Send(Door::kInternal, &Admin::RedeliverDelivery, DeliveryRows()));
}

}  // namespace

void AddWebhooks(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "webhooks", "Other systems that are told what happened");
  AddDefinitions(noun, chosen);
  AddDeliveries(noun, chosen);
  AddListen(noun, chosen);
}

void AddDevices(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "devices", "Browsers in which a member wants notices");
  constexpr char kRegistered[] =
      "  perigee devices register m-001 --endpoint https://push.example/1 \\\n"
      "    --p256dh "
      "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4 "
      "\\\n"
      "    --auth BTBZMqHH6r4Tts7J_aSIgg --names -p demo";
  AddCall<v1::GetPushKeyRequest>(
      noun, chosen,
      {"key", "Print the key with which browsers subscribe", "  perigee devices key -p demo"},
      [](Form& form) { form.InProgram(); }, Send(Door::kPublic, &Own::GetPushKey, ShowKey));
  AddCall<v1::RegisterDeviceRequest>(
      noun, chosen, {"register", "Register the subscription of a browser", kRegistered},
      [](Form& form) {
        BindMember(form, "parent");
        form.Add("--endpoint", "device.endpoint", "Its `endpoint`")->required();
        form.Add("--p256dh", "device.p256dh", "Its key `p256dh`, in base64url")->required();
        form.Add("--auth", "device.auth", "Its key `auth`, in base64url")->required();
        form.Add("--display-name", "device.display_name", "What the member calls it");
      },
      Send(Door::kPublic, &Own::RegisterDevice, DeviceRows()));
  AddCall<v1::ListOwnDevicesRequest>(
      noun, chosen, {"list", "List a member's devices", "  perigee devices list m-001 -p demo"},
      BindMemberList, List(Door::kPublic, &Own::ListOwnDevices, DeviceRows()));
  AddCall<v1::RemoveDeviceRequest>(
      noun, chosen,
      {"remove", "Remove a device",
       kRegistered + std::string(" >device\n  perigee devices remove \"$(cat device)\"")},
      [](Form& form) {
        form.Add("DEVICE", "name", "MEMBER/ID, or its full name", {.read = IdOfMemberIn("devices")})
            ->required();
      },
      Send(Door::kPublic, &Own::RemoveDevice, Say("removed")));
}

}  // namespace perigee::cli
