#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "absl/status/statusor.h"
#include "server/runtime/config.h"

namespace perigee::runtime {

// A door is an address and a list of services.
struct Door {
  Endpoint address;
  std::vector<grpc::Service*> services;
  // Calls, and streams, that one connection may have open. A caller who begins more keeps them
  // waiting on his side, where they cost the server nothing: to refuse one costs nearly what it
  // costs to answer one.
  int open_per_connection = 10'000;
};

// One listening gRPC server with health and reflection beside its services. The services must
// outlive it.
class GrpcServer {
 public:
  // kInvalidField, naming the address, if it cannot be bound.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const Door& door);
  // Drains at once.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // Where it listens: with the port that was bound.
  const Endpoint& address() const { return address_; }
  // What grpc.health.v1 answers, for the server as a whole.
  void SetServing(bool serving);
  // Takes no new call, waits for those that run, and cancels what is left after `patience`.
  void Drain(std::chrono::milliseconds patience);

 private:
  GrpcServer(std::unique_ptr<grpc::Server> server, Endpoint address);
  std::unique_ptr<grpc::Server> server_;
  const Endpoint address_;
};

}  // namespace perigee::runtime
