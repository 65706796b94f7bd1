#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <google/protobuf/descriptor.h>
#include <grpcpp/grpcpp.h>

#include "server/services/call.h"

namespace perigee::services {

// A service of the contract, at the door of its Call. The constructor of a concrete service states
// each method once, by its shape, its name in the proto and its handler; Call says what a handler
// of each shape is. A method that the proto does not have, or has with another message, is a broken
// invariant. gRPC gives every method its message as bytes, so that Call reads it and can refuse it.
// `call` must outlive the service, and the service must outlive its calls. Safe from many threads.
class Service : public grpc::Service {
 protected:
  // `service`: the full name, such as `perigee.v1.MemberService`.
  Service(Call& call, std::string_view service);

  template <class Request, class Handler, class Await>
  void Hot(std::string_view name, Handler handler, Await await) {
    const Method& method = AddUnrecorded(name, Request::descriptor());
    AddUnary(method, [this, &method, handler, await](auto* context, auto* request, auto* answer) {
      return call_.Hot<Request>(context, method, request, answer, handler, await);
    });
  }

  template <class Request, class Handler>
  void Read(std::string_view name, Handler handler) {
    const Method& method = Add(name, Request::descriptor());
    AddUnary(method, [this, &method, handler](auto* context, auto* request, auto* answer) {
      return call_.Read<Request>(context, method, request, answer, handler);
    });
  }

  template <class Request, class Handler, class Await>
  void ReadLong(std::string_view name, Handler handler, Await await) {
    const Method& method = Add(name, Request::descriptor());
    AddUnary(method, [this, &method, handler, await](auto* context, auto* request, auto* answer) {
      return call_.ReadLong<Request>(context, method, request, answer, handler, await);
    });
  }

  template <class Request, class Handler>
  void Write(std::string_view name, Handler handler) {
    const Method& method = AddUnrecorded(name, Request::descriptor());
    AddUnary(method, [this, &method, handler](auto* context, auto* request, auto* answer) {
      return call_.Write<Request>(context, method, request, answer, handler);
    });
  }

  template <class Request, class Handler>
  void WriteLong(std::string_view name, Handler handler) {
    const Method& method = AddUnrecorded(name, Request::descriptor());
    AddUnary(method, [this, &method, handler](auto* context, auto* request, auto* answer) {
      return call_.WriteLong<Request>(context, method, request, answer, handler);
    });
  }

  // start: (RunningCall, grpc::ByteBuffer* answer) → the stream's reactor.
  template <class Request, class Start>
  void ClientStream(std::string_view name, Start start) {
    const Method& method = AddUnrecorded(name, Request::descriptor());
    AddClientStream(method, [this, &method, start](auto* context, auto* answer) {
      return call_.ClientStream(context, method,
                                [&](const RunningCall& running) { return start(running, answer); });
    });
  }

  template <class Request, class Start>
  void ServerStream(std::string_view name, Start start) {
    const Method& method = Add(name, Request::descriptor());
    AddServerStream(method, [this, &method, start](auto* context, auto* request) {
      return call_.ServerStream<Request>(context, method, request, start);
    });
  }

  Call& call() { return call_; }
  ports::Store& store() { return call_.store(); }

 private:
  using Context = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;

  const Method& Add(std::string_view name, const google::protobuf::Descriptor* request);
  // The same for shapes whose answers are not recorded: they must show no personal data.
  const Method& AddUnrecorded(std::string_view name, const google::protobuf::Descriptor* request);
  void AddUnary(const Method& method,
                std::function<grpc::ServerUnaryReactor*(Context*, const Bytes*, Bytes*)> start);
  void AddClientStream(const Method& method,
                       std::function<grpc::ServerReadReactor<Bytes>*(Context*, Bytes*)> start);
  void AddServerStream(
      const Method& method,
      std::function<grpc::ServerWriteReactor<Bytes>*(Context*, const Bytes*)> start);
  void AddHandler(const Method& method, grpc::internal::RpcMethod::RpcType type,
                  grpc::internal::MethodHandler* handler);

  Call& call_;
  const google::protobuf::ServiceDescriptor* const contract_;
  std::deque<Method> methods_;     // Never moved: calls point to them.
  std::deque<std::string> paths_;  // `/perigee.v1.MemberService/GetMember`, as gRPC points to them.
};

}  // namespace perigee::services
