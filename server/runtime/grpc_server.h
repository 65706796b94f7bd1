#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "absl/status/statusor.h"
#include "server/runtime/config.h"
#include "server/runtime/door_certificate.h"

namespace perigee::runtime {

// A door is an address with a list of services.
struct Door {
  Endpoint address;
  std::vector<grpc::Service*> services;
  // How many calls, streams included, one connection may have open. If a caller begins more, they
  // wait on the caller's side, where they cost the server nothing. Refusing a call costs nearly as
  // much as answering one.
  int open_per_connection = 10'000;
  // Absent: plain text.
  std::optional<DoorTls> tls = {};
};

// One listening gRPC server: a door's services, health and reflection. The services must outlive
// it.
class GrpcServer {
 public:
  // kInvalidField, naming the address, if it cannot be bound, or a file of its TLS that is of no
  // use.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const Door& door);
  // Drains without patience.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // The listening address, with the bound port.
  const Endpoint& address() const { return address_; }
  // Sets the answer of grpc.health.v1 for the server as a whole.
  void SetServing(bool serving);
  // Takes no new call and tells clients to go away (GOAWAY). Waits for the running calls, and
  // cancels those that are left after `patience`. A client that is idle answers GOAWAY only when it
  // next looks at its connection, so all connections are closed soon after `open_calls` has become
  // 0. Without `open_calls` the full patience may pass.
  void Drain(std::chrono::milliseconds patience, const std::function<int()>& open_calls = nullptr);

 private:
  GrpcServer(std::shared_ptr<grpc::ServerCredentials> credentials,
             std::unique_ptr<grpc::Server> server, Endpoint address);
  const std::shared_ptr<grpc::ServerCredentials> credentials_;
  std::unique_ptr<grpc::Server> server_;
  const Endpoint address_;
};

}  // namespace perigee::runtime
