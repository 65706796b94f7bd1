#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

namespace perigee::tests {

// Calls a method with messages as bytes, which needs no generated code of the health and reflection
// protos.
class RawStub {
 public:
  explicit RawStub(const std::shared_ptr<grpc::Channel>& channel) : stub_(channel) {}

  // Sends one message, reads one answer and ends the call. `context` may be looked at afterwards.
  grpc::Status Call(grpc::ClientContext& context, const std::string& method,
                    const std::string& request, std::string* response) {
    grpc::CompletionQueue queue;
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
    const auto call = stub_.PrepareCall(&context, method, &queue);
    const auto wait = [&queue] {
      void* tag = nullptr;
      bool ok = false;
      queue.Next(&tag, &ok);
      return ok;
    };
    call->StartCall(nullptr);
    wait();
    const grpc::Slice slice(request);
    call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
    wait();
    grpc::ByteBuffer answer;
    call->Read(&answer, nullptr);
    if (grpc::Slice bytes; wait() && answer.DumpToSingleSlice(&bytes).ok()) {
      response->assign(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
    }
    grpc::Status status;
    call->Finish(&status, nullptr);
    wait();
    return status;
  }

 private:
  static constexpr std::chrono::seconds kPatience{30};
  grpc::GenericStub stub_;
};

}  // namespace perigee::tests
