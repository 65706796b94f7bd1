#include "server/services/delivery/webhook_admin_service.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/audit.pb.h"
#include "perigee/v1/delivery.pb.h"
#include "server/core/error.h"
#include "server/core/webhook_signature.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kAcme = "programs/acme";
const std::string kCrm = kAcme + "/webhooks/crm";

class WebhookAdminServiceTest : public testing::Test {
 protected:
  static std::string Rpc(const std::string& method) { return "WebhookAdminService/" + method; }
  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed(Rpc(method)), request);
  }
  template <class Response>
  Response Must(const std::string& method, const google::protobuf::Message& request) {
    return server.Must<Response>(server.Token("ROLE_PROGRAM_ADMIN"), Rpc(method), request);
  }
  v1::CreateWebhookRequest CreateOf(const std::string& id) {
    v1::CreateWebhookRequest request;
    request.set_parent(kAcme);
    request.set_webhook_id(id);
    request.mutable_webhook()->set_display_name("The CRM");
    request.mutable_webhook()->set_url("https://crm.example/hook?token=s3cret");
    request.mutable_webhook()->add_types("perigee.member.made");
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::WebhookSecretResponse Create(const std::string& id = "crm") {
    return Must<v1::WebhookSecretResponse>("CreateWebhook", CreateOf(id));
  }
  template <class Request>
  Request Named(const std::string& name) {
    Request request;
    request.set_name(name);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::ListWebhooksResponse List() {
    v1::ListWebhooksRequest request;
    request.set_parent(kAcme);
    return Must<v1::ListWebhooksResponse>("ListWebhooks", request);
  }
  v1::ListDeliveriesResponse Deliveries(v1::Delivery::State state = {}, int page_size = 0,
                                        const std::string& token = "") {
    v1::ListDeliveriesRequest request;
    request.set_parent(kCrm);
    request.set_state(state);
    request.set_page_size(page_size);
    request.set_page_token(token);
    return Must<v1::ListDeliveriesResponse>("ListDeliveries", request);
  }

  AccessServer server;
};

TEST_F(WebhookAdminServiceTest, ASecretIsToldOnce) {
  const v1::CreateWebhookRequest request = CreateOf("crm");
  const auto made = Must<v1::WebhookSecretResponse>("CreateWebhook", request);
  EXPECT_THAT(WebhookSecret::Parse(made.secret()), IsOk());
  EXPECT_EQ(made.webhook().name(), kCrm);
  EXPECT_EQ(made.webhook().state(), v1::Webhook::STATE_SENDING);
  EXPECT_EQ(made.webhook().cursor(), made.webhook().revision());
  // A retry tells it again, and nothing else does.
  const auto again = Must<v1::WebhookSecretResponse>("CreateWebhook", request);
  EXPECT_EQ(again.secret(), made.secret());
  const v1::ListWebhooksResponse listed = List();
  ASSERT_EQ(listed.webhooks_size(), 1);
  EXPECT_THAT(listed.SerializeAsString(), Not(HasSubstr(made.secret().substr(6))));
  v1::ListAuditEntriesRequest audit;
  audit.set_parent(kAcme);
  const auto entries = server.Must<v1::ListAuditEntriesResponse>(
      server.Token("root"), "AuditAdminService/ListAuditEntries", audit);
  EXPECT_EQ(entries.audit_entries(0).changes(0).kind(), "webhook_progress");
  EXPECT_EQ(entries.audit_entries(0).changes(1).kind(), "webhook");
  EXPECT_THAT(entries.SerializeAsString(), Not(HasSubstr("s3cret")));
}

TEST_F(WebhookAdminServiceTest, RefusalsDoNotTellTheUrl) {
  v1::CreateWebhookRequest request = CreateOf("crm");
  request.mutable_webhook()->set_url("http://10.1.2.3/?token=s3cret");
  const absl::Status refused = Call("root", "CreateWebhook", request);
  EXPECT_THAT(refused, IsInvalidField("webhook.url"));
  EXPECT_THAT(std::string(refused.message()), Not(HasSubstr("10.1.2.3")));
  request = CreateOf("crm");
  request.mutable_webhook()->add_types("perigee.nothing.made");
  EXPECT_THAT(Call("root", "CreateWebhook", request), IsInvalidField("webhook.types[1]"));
  Create();
  EXPECT_THAT(Call("root", "CreateWebhook", CreateOf("crm")), HasReason(Reason::kAlreadyExists));
  for (const char* who : {"ROLE_MODERATOR", "ROLE_ANALYST", "ada"}) {
    EXPECT_THAT(Call(who, "CreateWebhook", CreateOf("other")),
                HasReason(Reason::kPermissionDenied));
  }
}

TEST_F(WebhookAdminServiceTest, AnUpdateChangesWhatItsMaskNames) {
  const v1::Webhook made = Create().webhook();
  v1::UpdateWebhookRequest update;
  update.mutable_webhook()->set_name(kCrm);
  update.mutable_webhook()->set_etag(made.etag());
  update.mutable_webhook()->set_paused(true);
  update.mutable_update_mask()->add_paths("paused");
  update.set_request_id(server.NewRequestId());
  const auto paused = Must<v1::Webhook>("UpdateWebhook", update);
  EXPECT_EQ(paused.state(), v1::Webhook::STATE_PAUSED);
  EXPECT_EQ(paused.url(), made.url());
  update.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("root", "UpdateWebhook", update), HasReason(Reason::kEtagMismatch));
  EXPECT_THAT(Call("root", "SendTestEvent", Named<v1::SendTestEventRequest>(kCrm)),
              HasReason(Reason::kWebhookNotSending));
  const auto resumed = Must<v1::Webhook>("ResumeWebhook", Named<v1::ResumeWebhookRequest>(kCrm));
  EXPECT_EQ(resumed.state(), v1::Webhook::STATE_SENDING);
  EXPECT_FALSE(resumed.paused());
}

TEST_F(WebhookAdminServiceTest, ANewSecretLeavesTheOldOneForAWhile) {
  const std::string first = Create().secret();
  auto rotate = Named<v1::RotateWebhookSecretRequest>(kCrm);
  const auto rotated = Must<v1::WebhookSecretResponse>("RotateWebhookSecret", rotate);
  EXPECT_NE(rotated.secret(), first);
  EXPECT_EQ(
      rotated.webhook().old_secret_end_time().seconds(),
      std::chrono::floor<std::chrono::seconds>(server.clock.Now()).time_since_epoch().count() +
          24 * 3600);
  rotate.set_request_id(server.NewRequestId());
  rotate.mutable_keep_old()->set_seconds(8 * 24 * 3600);
  EXPECT_THAT(Call("root", "RotateWebhookSecret", rotate), IsInvalidField("keep_old"));
  rotate.mutable_keep_old()->set_seconds(-1);
  EXPECT_THAT(Call("root", "RotateWebhookSecret", rotate), IsInvalidField("keep_old"));
}

TEST_F(WebhookAdminServiceTest, DeliveriesAreListedByStateAndPage) {
  Create();
  std::vector<std::string> names;
  for (int i = 0; i < 3; ++i) {
    names.push_back(
        Must<v1::Delivery>("SendTestEvent", Named<v1::SendTestEventRequest>(kCrm)).name());
  }
  const v1::ListDeliveriesResponse first = Deliveries(v1::Delivery::STATE_WAITING, 2);
  ASSERT_EQ(first.deliveries_size(), 2);
  EXPECT_EQ(first.deliveries(0).name(), names[0]);
  EXPECT_EQ(first.deliveries(0).type(), "perigee.webhook.tested");
  EXPECT_EQ(first.deliveries(0).attempts(), 0);
  const v1::ListDeliveriesResponse rest =
      Deliveries(v1::Delivery::STATE_WAITING, 2, first.next_page_token());
  ASSERT_EQ(rest.deliveries_size(), 1);
  EXPECT_EQ(rest.deliveries(0).name(), names[2]);
  EXPECT_EQ(rest.next_page_token(), "");
  EXPECT_EQ(Deliveries(v1::Delivery::STATE_DEAD).deliveries_size(), 0);
  EXPECT_EQ(List().webhooks(0).waiting(), 3);
  const auto again =
      Must<v1::Delivery>("RedeliverDelivery", Named<v1::RedeliverDeliveryRequest>(names[1]));
  EXPECT_EQ(again.name(), names[1]);
  EXPECT_THAT(Call("root", "RedeliverDelivery",
                   Named<v1::RedeliverDeliveryRequest>(kCrm + "/deliveries/1-0")),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("root", "RedeliverDelivery",
                   Named<v1::RedeliverDeliveryRequest>(kCrm + "/deliveries/x")),
              IsInvalidField("name"));
}

TEST_F(WebhookAdminServiceTest, AReplayBeginsAtARevision) {
  Create();
  auto resume = Named<v1::ResumeWebhookRequest>(kCrm);
  resume.set_after_revision(1);
  EXPECT_EQ(Must<v1::Webhook>("ResumeWebhook", resume).cursor(), 1);
  resume.set_request_id(server.NewRequestId());
  resume.set_after_revision(1'000'000);
  EXPECT_THAT(Call("root", "ResumeWebhook", resume), IsInvalidField("after_revision"));
}

TEST_F(WebhookAdminServiceTest, ADeletedWebhookIsGone) {
  Create();
  Must<v1::Delivery>("SendTestEvent", Named<v1::SendTestEventRequest>(kCrm));
  Must<v1::DeleteWebhookResponse>("DeleteWebhook", Named<v1::DeleteWebhookRequest>(kCrm));
  EXPECT_EQ(List().webhooks_size(), 0);
  for (const char* method : {"DeleteWebhook", "ResumeWebhook", "SendTestEvent"}) {
    auto request = NewRequest(MethodNamed(Rpc(method)));
    const auto* reflection = request->GetReflection();
    reflection->SetString(request.get(), request->GetDescriptor()->FindFieldByName("name"), kCrm);
    reflection->SetString(request.get(), request->GetDescriptor()->FindFieldByName("request_id"),
                          server.NewRequestId());
    EXPECT_THAT(Call("root", method, *request), HasReason(Reason::kNotFound)) << method;
  }
}

}  // namespace
}  // namespace perigee::tests
