#include "server/services/service.h"

#include "absl/strings/str_cat.h"
#include "server/core/check.h"

namespace perigee::services {

using google::protobuf::DescriptorPool;
using grpc::internal::RpcMethod;

Service::Service(Call& call, std::string_view service)
    : call_(call),
      contract_(DescriptorPool::generated_pool()->FindServiceByName(std::string(service))) {
  PERIGEE_CHECK(contract_ != nullptr, "a service is one of the contract");
}

const Method& Service::Add(std::string_view name, const google::protobuf::Descriptor* request) {
  const auto* declared = contract_->FindMethodByName(std::string(name));
  PERIGEE_CHECK(declared != nullptr && declared->input_type() == request,
                "a method is one of the contract, with its message");
  const bool streams = declared->client_streaming() || declared->server_streaming();
  Method& method =
      methods_.emplace_back(streams ? call_.RegisterStream(contract_->full_name(), name)
                                    : call_.Register(contract_->full_name(), name));
  method.permission = BoundPermission::Of(method.name, *request);
  PERIGEE_CHECK(method.permission.has_value(), "a method has a line in the table of permissions");
  return method;
}

const Method& Service::AddUnrecorded(std::string_view name,
                                     const google::protobuf::Descriptor* request) {
  const Method& method = Add(name, request);
  PERIGEE_CHECK(method.permission->permission().personal == Personal::kNo,
                "an answer of this shape is not recorded, so it may show no personal data");
  return method;
}

void Service::AddHandler(const Method& method, RpcMethod::RpcType type,
                         grpc::internal::MethodHandler* handler) {
  const std::string& path = paths_.emplace_back(absl::StrCat("/", method.name));
  AddMethod(new grpc::internal::RpcServiceMethod(path.c_str(), type, nullptr));
  MarkMethodRawCallback(static_cast<int>(paths_.size()) - 1, handler);
}

void Service::AddUnary(
    const Method& method,
    std::function<grpc::ServerUnaryReactor*(Context*, const Bytes*, Bytes*)> start) {
  AddHandler(method, RpcMethod::NORMAL_RPC,
             new grpc::internal::CallbackUnaryHandler<Bytes, Bytes>(std::move(start)));
}

void Service::AddClientStream(
    const Method& method, std::function<grpc::ServerReadReactor<Bytes>*(Context*, Bytes*)> start) {
  AddHandler(method, RpcMethod::CLIENT_STREAMING,
             new grpc::internal::CallbackClientStreamingHandler<Bytes, Bytes>(std::move(start)));
}

void Service::AddServerStream(
    const Method& method,
    std::function<grpc::ServerWriteReactor<Bytes>*(Context*, const Bytes*)> start) {
  AddHandler(method, RpcMethod::SERVER_STREAMING,
             new grpc::internal::CallbackServerStreamingHandler<Bytes, Bytes>(std::move(start)));
}

}  // namespace perigee::services
