#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>

#include <grpcpp/grpcpp.h>
#include <httplib.h>
#include <nlohmann/json.hpp>
#include <prometheus/registry.h>

#include "perigee/v1/member.grpc.pb.h"
#include "server/core/error.h"
#include "server/runtime/grpc_server.h"
#include "server/runtime/metrics_door.h"
#include "server/runtime/ready_file.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using runtime::Endpoint;
using runtime::GrpcServer;
using runtime::MetricsDoor;

const Endpoint kAnyPort{"127.0.0.1", 0};

// Calls a method whose messages are taken as bytes, so that no generated code of the health and
// reflection protos is needed.
grpc::Status CallRaw(const Endpoint& address, const std::string& method, const std::string& request,
                     std::string* response);

TEST(MetricsDoorTest, ServesMetricsLivenessAndReadiness) {
  prometheus::Registry registry;
  prometheus::BuildGauge().Name("perigee_x").Help("X.").Register(registry).Add({}).Set(7);
  absl::Status ready = Error(Reason::kStoreUnavailable, "the store is away");
  const auto door = MetricsDoor::Start(kAnyPort, registry, [&ready] { return ready; });
  ASSERT_THAT(door, IsOk());

  httplib::Client client((*door)->address().ToString());
  const auto page = client.Get("/metrics");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_THAT(page->body, ::testing::HasSubstr("perigee_x 7"));
  EXPECT_THAT(page->get_header_value("Content-Type"), ::testing::HasSubstr("version=0.0.4"));
  EXPECT_EQ(client.Get("/livez")->status, 200);
  EXPECT_EQ(client.Get("/readyz")->status, 503);
  EXPECT_THAT(client.Get("/readyz")->body, ::testing::HasSubstr("the store is away"));
  ready = absl::OkStatus();
  EXPECT_EQ(client.Get("/readyz")->status, 200);
  EXPECT_EQ(client.Get("/else")->status, 404);
}

TEST(MetricsDoorTest, APortInUseIsRefused) {
  prometheus::Registry registry;
  const auto first = MetricsDoor::Start(kAnyPort, registry, [] { return absl::OkStatus(); });
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(
      MetricsDoor::Start((*first)->address(), registry, [] { return absl::OkStatus(); }).status(),
      HasReason(Reason::kInvalidField));
}

TEST(GrpcServerTest, ADoorServesOnlyTheServicesOfItsList) {
  v1::MemberService::CallbackService members;
  const auto server = GrpcServer::Start({kAnyPort, {&members}});
  ASSERT_THAT(server, IsOk());
  std::string response;
  const grpc::Status listed =
      CallRaw((*server)->address(), "/perigee.v1.MemberService/GetMember", "", &response);
  const grpc::Status unlisted =
      CallRaw((*server)->address(), "/perigee.v1.MemberAdminService/CreateMember", "", &response);
  // Both answer UNIMPLEMENTED: the one by its base class, without text, the other by the server.
  EXPECT_EQ(listed.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(unlisted.error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST(GrpcServerTest, HealthFollowsWhatItIsTold) {
  const auto server = GrpcServer::Start({kAnyPort, {}});
  ASSERT_THAT(server, IsOk());
  const auto health = [&] {
    std::string response;
    const grpc::Status status =
        CallRaw((*server)->address(), "/grpc.health.v1.Health/Check", "", &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  };
  // Field 1, varint: 1 SERVING, 2 NOT_SERVING.
  (*server)->SetServing(true);
  EXPECT_EQ(health(), "\x08\x01");
  (*server)->SetServing(false);
  EXPECT_EQ(health(), "\x08\x02");
}

TEST(GrpcServerTest, APortInUseIsRefused) {
  const auto first = GrpcServer::Start({kAnyPort, {}});
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(GrpcServer::Start({(*first)->address(), {}}).status(),
              HasReason(Reason::kInvalidField));
}

TEST(ReadyFileTest, SaysWhereTheServerIs) {
  const std::string path = ::testing::TempDir() + "/ready_" + std::to_string(::getpid());
  ASSERT_THAT(WriteReadyFile(path, {{"127.0.0.1", 1}, {"127.0.0.1", 2}, {"::1", 3}}), IsOk());
  std::ifstream file(path);
  const nlohmann::json content = nlohmann::json::parse(file);
  EXPECT_EQ(content["public"], "127.0.0.1:1");
  EXPECT_EQ(content["internal"], "127.0.0.1:2");
  EXPECT_EQ(content["metrics"], "[::1]:3");
  EXPECT_EQ(content["pid"], ::getpid());
  std::remove(path.c_str());
  EXPECT_THAT(runtime::WriteReadyFile("/nowhere/at/all", {}), IsInvalidField("--ready-file"));
}

}  // namespace
}  // namespace perigee::tests
