#include "server/runtime/grpc_server.h"

#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/runtime/grpc_credentials.h"

namespace perigee::runtime {
namespace {

using std::chrono::milliseconds;

constexpr int kReceiveBytesMax = 4 * 1024 * 1024;
constexpr int kMetadataBytesMax = 24 * 1024;  // A token of 16 KiB and the rest.
constexpr int kConnectionAgeMs = 5 * 60'000;
constexpr int kConnectionGraceMs = 30'000;
constexpr int kSendBytesMax = 16 * 1024 * 1024;
// A phone may ping this often, also between calls. More frequent pings end its connection.
constexpr int kPingIntervalMinMs = 10'000;
constexpr int kKeepAliveIntervalMs = 60'000;
constexpr int kKeepAliveTimeoutMs = 20'000;

// How long the last answers may take to their clients, after the last call has ended.
constexpr milliseconds kLastAnswers{500};
constexpr milliseconds kLook{20};

// Both are switches of the process, for every server that is built later.
void EnableHealthAndReflection() {
  static std::once_flag once;
  std::call_once(once, [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> CredentialsOf(const Door& door) {
  if (!door.tls.has_value()) {
    return grpc::InsecureServerCredentials();
  }
  PERIGEE_ASSIGN_OR_RETURN(DoorCertificate certificate, DoorCertificate::Open(*door.tls));
  return RenewedCredentials(std::move(certificate));
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const Door& door) {
  EnableHealthAndReflection();
  PERIGEE_ASSIGN_OR_RETURN(std::shared_ptr<grpc::ServerCredentials> credentials,
                           CredentialsOf(door));
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(door.address.ToString(), credentials, &port);
  builder.SetMaxReceiveMessageSize(kReceiveBytesMax);
  builder.SetMaxSendMessageSize(kSendBytesMax);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepAliveIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepAliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kPingIntervalMinMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, door.open_per_connection);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  if (door.tls.has_value() && !door.tls->client_ca.empty()) {
    // A certificate is looked at when its connection begins.
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kConnectionAgeMs);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kConnectionGraceMs);
  }
  // Without this, two servers could share a port unnoticed.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  for (grpc::Service* service : door.services) {
    builder.RegisterService(service);
  }
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    return InvalidField(door.address.ToString(), "cannot be bound: is the port in use?");
  }
  return std::unique_ptr<GrpcServer>(
      new GrpcServer(std::move(credentials), std::move(server), {door.address.host, port}));
}

GrpcServer::GrpcServer(std::shared_ptr<grpc::ServerCredentials> credentials,
                       std::unique_ptr<grpc::Server> server, Endpoint address)
    : credentials_(std::move(credentials)),
      server_(std::move(server)),
      address_(std::move(address)) {}

GrpcServer::~GrpcServer() { Drain(milliseconds(0)); }

void GrpcServer::SetServing(bool serving) {
  server_->GetHealthCheckService()->SetServingStatus(serving);
}

void GrpcServer::Drain(milliseconds patience, const std::function<int()>& open_calls) {
  server_->GetHealthCheckService()->Shutdown();
  std::promise<void> ended;
  std::thread shutting([&] {
    server_->Shutdown(std::chrono::system_clock::now() + patience);
    ended.set_value();
  });
  std::future<void> end = ended.get_future();
  milliseconds quiet{0};
  while (open_calls && quiet < kLastAnswers && end.wait_for(kLook) != std::future_status::ready) {
    quiet = open_calls() == 0 ? quiet + kLook : milliseconds(0);
  }
  if (quiet >= kLastAnswers) {
    grpc_server_cancel_all_calls(server_->c_server());
  }
  shutting.join();
  server_->Wait();
}

}  // namespace perigee::runtime
