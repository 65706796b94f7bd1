#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>

#include <grpcpp/grpcpp.h>
#include <httplib.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <nlohmann/json.hpp>

#include "perigee/v1/member.grpc.pb.h"
#include "server/core/error.h"
#include "server/runtime/grpc_server.h"
#include "server/runtime/metrics_door.h"
#include "server/runtime/ready_file.h"
#include "tests/matchers/status.h"
#include "tests/runtime/raw_stub.h"

namespace perigee::tests {
namespace {

using runtime::Endpoint;
using runtime::GrpcServer;
using runtime::MetricsDoor;

const Endpoint kAnyPort{"127.0.0.1", 0};

// A call over plain text.
grpc::Status Call(const Endpoint& address, const std::string& method, const std::string& request,
                  std::string* response) {
  grpc::ClientContext context;
  return RawStub(grpc::CreateChannel(address.ToString(), grpc::InsecureChannelCredentials()))
      .Call(context, method, request, response);
}

// A TCP connection to the port. -1: none.
int Connected(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int peer = socket(AF_INET, SOCK_STREAM, 0);
  return connect(peer, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? peer : -1;
}

TEST(MetricsDoorTest, ServesMetricsLivenessAndReadiness) {
  prometheus::Registry registry;
  prometheus::BuildGauge().Name("perigee_x").Help("X.").Register(registry).Add({}).Set(7);
  absl::Status ready = Error(Reason::kStoreUnavailable, "the store is away");
  const auto door = MetricsDoor::Start(kAnyPort, registry, [&ready] { return ready; }, {});
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

TEST(MetricsDoorTest, IdlePeersKeepNobodyWaiting) {
  prometheus::Registry registry;
  const auto door = MetricsDoor::Start(kAnyPort, registry, [] { return absl::OkStatus(); }, {});
  ASSERT_THAT(door, IsOk());
  std::vector<int> idle;
  for (int i = 0; i < 20; ++i) {
    idle.push_back(Connected((*door)->address().port));
    ASSERT_GE(idle.back(), 0);
  }
  for (int i = 0; i < 20; ++i) {
    httplib::Client client((*door)->address().ToString());
    client.set_read_timeout(std::chrono::milliseconds(900));
    const auto answer = client.Get("/livez");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
  }
  for (const int socket : idle) {
    close(socket);
  }
}

// A peer that sends a request without an end, until it is cut or `ended`.
void SendSlowly(int port, std::atomic<int>& connected, const std::atomic<bool>& ended) {
  const int peer = Connected(port);
  send(peer, "GET /livez HTTP/1.1\r\nX: ", 24, MSG_NOSIGNAL);
  ++connected;
  pollfd nothing{peer, 0, 0};
  while (!ended && send(peer, "x", 1, MSG_NOSIGNAL) == 1) {
    poll(&nothing, 1, 100);
  }
  close(peer);
}

// More peers than the door waits for.
TEST(MetricsDoorTest, SlowPeersKeepNobodyWaiting) {
  prometheus::Registry registry;
  const auto door = MetricsDoor::Start(kAnyPort, registry, [] { return absl::OkStatus(); }, {});
  ASSERT_THAT(door, IsOk());
  constexpr int kPeers = 66;
  std::atomic<int> connected{0};
  std::atomic<bool> ended{false};
  std::vector<std::thread> peers;
  for (int i = 0; i < kPeers; ++i) {
    peers.emplace_back([&, port = (*door)->address().port] { SendSlowly(port, connected, ended); });
  }
  while (connected < kPeers) {
    std::this_thread::yield();
  }
  for (int i = 0; i < 50; ++i) {
    httplib::Client client((*door)->address().ToString());
    client.set_read_timeout(std::chrono::milliseconds(900));
    const auto answer = client.Get("/livez");
    EXPECT_TRUE(answer && answer->status == 200);
  }
  ended = true;
  for (std::thread& peer : peers) {
    peer.join();
  }
}

// A peer that sends a request without an end must not keep the server from ending.
TEST(MetricsDoorTest, ASlowPeerDoesNotHoldTheDoorOpen) {
  prometheus::Registry registry;
  auto door = MetricsDoor::Start(kAnyPort, registry, [] { return absl::OkStatus(); }, {});
  ASSERT_THAT(door, IsOk());
  std::atomic<int> connected{0};
  std::atomic<bool> ended{false};
  std::thread slow([&, port = (*door)->address().port] { SendSlowly(port, connected, ended); });
  while (connected == 0) {
    std::this_thread::yield();
  }
  const auto begin = std::chrono::steady_clock::now();
  door->reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  ended = true;
  slow.join();
}

TEST(MetricsDoorTest, APortInUseIsRefused) {
  prometheus::Registry registry;
  const auto first = MetricsDoor::Start(kAnyPort, registry, [] { return absl::OkStatus(); }, {});
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(MetricsDoor::Start((*first)->address(), registry, [] { return absl::OkStatus(); }, {})
                  .status(),
              HasReason(Reason::kInvalidField));
}

TEST(GrpcServerTest, ReflectionNamesTheServicesOfTheDoorAndNoOther) {
  v1::MemberService::CallbackService members;
  const auto server = GrpcServer::Start({kAnyPort, {&members}});
  ASSERT_THAT(server, IsOk());
  // ServerReflectionRequest with list_services, field 7.
  std::string response;
  const grpc::Status status =
      Call((*server)->address(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
           "\x3a\x01*", &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(response, ::testing::HasSubstr("perigee.v1.MemberService"));
  EXPECT_THAT(response, ::testing::Not(::testing::HasSubstr("MemberAdminService")));
}

TEST(GrpcServerTest, HealthFollowsWhatItIsTold) {
  const auto server = GrpcServer::Start({kAnyPort, {}});
  ASSERT_THAT(server, IsOk());
  const auto health = [&] {
    std::string response;
    const grpc::Status status =
        Call((*server)->address(), "/grpc.health.v1.Health/Check", "", &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  };
  // Field 1, a varint: 1 is SERVING, 2 is NOT_SERVING.
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
  ASSERT_THAT(runtime::WriteReadyFile(path, {{"127.0.0.1", 1}, {"127.0.0.1", 2}, {"::1", 3}}),
              IsOk());
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
