// A server that is killed at any moment sends every event, and those of a subject in their order.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "clients/load/community.h"
#include "perigee/v1/delivery.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "server/core/webhook_signature.h"
#include "tests/adapters/outgoing/receiver.h"
#include "tests/faults/programme.h"
#include "tests/matchers/status.h"
#include "tests/support/perigeed.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

constexpr std::chrono::seconds kDeadline{30};
constexpr int kMembers = 4;
constexpr int kRounds = 4;
constexpr int kChangesOfARound = 24;

// By subject, in the order of their arrival.
using Arrived = std::map<std::string, std::vector<std::int64_t>>;

class WebhooksTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder_.File("receivers.crt")) << receiver_.ca();
    std::ofstream(folder_.File("access.toml"))
        << "[outgoing]\nloopback = true\nca_file = \"receivers.crt\"\n";
    ASSERT_EQ(Perigeed::Run("migrate", store_).exit_code, 0);
    ASSERT_THAT(server_.Start(), IsOk());
    ASSERT_TRUE(MakeFaultProgramme(server_.Channel("internal")).ok());
    v1::CreateWebhookRequest request;
    request.set_parent(kFaultProgram);
    request.set_webhook_id("crm");
    request.mutable_webhook()->set_url(receiver_.Url());
    request.mutable_webhook()->add_types("perigee.member.changed");
    request.set_request_id(load::RequestId(7, ++requests_));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kDeadline);
    v1::WebhookSecretResponse made;
    const grpc::Status status = v1::WebhookAdminService::NewStub(server_.Channel("internal"))
                                    ->CreateWebhook(&context, request, &made);
    ASSERT_TRUE(status.ok()) << status.error_message();
    secret_ = made.secret();
  }

  void Change(int member) {
    v1::UpdateMemberRequest request;
    request.mutable_member()->set_name(FaultMember(member));
    request.mutable_member()->set_display_name(absl::StrCat("Member ", ++requests_));
    request.mutable_update_mask()->add_paths("display_name");
    request.set_request_id(load::RequestId(7, requests_));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kDeadline);
    v1::Member changed;
    const grpc::Status status = v1::MemberAdminService::NewStub(server_.Channel("internal"))
                                    ->UpdateMember(&context, request, &changed);
    ASSERT_TRUE(status.ok()) << status.error_message();
    revisions_[FaultMember(member)].insert(changed.revision());
  }
  Arrived Arrivals() const {
    Arrived arrived;
    for (const Receiver::Post& post : receiver_.Posts()) {
      const auto data = nlohmann::json::parse(post.body)["data"];
      arrived[data["subject"].get<std::string>()].push_back(data["revision"].get<std::int64_t>());
    }
    return arrived;
  }
  bool HasAll() const {
    const Arrived arrived = Arrivals();
    for (const auto& [subject, revisions] : revisions_) {
      const auto of = arrived.find(subject);
      if (of == arrived.end()) {
        return false;
      }
      const std::set<std::int64_t> there(of->second.begin(), of->second.end());
      if (!std::ranges::includes(there, revisions)) {
        return false;
      }
    }
    return true;
  }

  Receiver receiver_;
  std::string secret_;
  std::uint64_t requests_ = 0;
  std::map<std::string, std::set<std::int64_t>> revisions_;
  TemporaryFolder folder_;
  const std::string store_ = "sqlite:" + folder_.File("store.db");
  Perigeed server_{{.store = store_, .access = folder_.File("access.toml")}};
};

TEST_F(WebhooksTest, AKilledServerSendsAllInOrder) {
  for (int round = 0; round < kRounds; ++round) {
    // One subject fails at first. Later failures would be tried again too late for a test.
    if (round == 0) {
      receiver_.Answer(503, "", FaultMember(0) + "\"");
    }
    const std::size_t before = receiver_.Posts().size();
    for (int i = 0; i < kChangesOfARound; ++i) {
      Change(i % kMembers);
    }
    EXPECT_TRUE(Await([&] { return receiver_.Posts().size() > before + 2; }));
    server_.Kill();
    receiver_.Answer(204);
    ASSERT_THAT(server_.Start(), IsOk());
  }
  EXPECT_TRUE(Await([&] { return HasAll(); }));
  for (const auto& [subject, revisions] : Arrivals()) {
    // What was sent and not noted comes again, and nothing older.
    EXPECT_THAT(revisions, testing::WhenSorted(revisions)) << subject;
  }
  const auto secret = WebhookSecret::Parse(secret_);
  ASSERT_THAT(secret, IsOk());
  for (const Receiver::Post& post : receiver_.Posts()) {
    const auto header = [&](const char* name) { return post.headers.find(name)->second; };
    const WebhookHeaders headers{header("webhook-id"), header("webhook-timestamp"),
                                 header("webhook-signature")};
    const Time now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    EXPECT_THAT(VerifyWebhook({&*secret, 1}, headers, post.body, now), IsOk());
  }
}

}  // namespace
}  // namespace perigee::tests
