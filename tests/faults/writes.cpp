#include "tests/faults/writes.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_replace.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "perigee/v1/activity.grpc.pb.h"
#include "perigee/v1/capital.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"

namespace perigee::tests {
namespace {

using Channel = std::shared_ptr<grpc::Channel>;
using Context = grpc::ClientContext;

using Activities = v1::ActivityAdminService;
using Capital = v1::CapitalAdminService;
using Members = v1::MemberAdminService;

struct Caller {
  const Channel& channel;
  Context& context;

  template <class Service, class Request, class Response>
  Answer Try(const Request& request, std::unique_ptr<Service> stub,
             grpc::Status (Service::*method)(Context*, const Request&, Response*)) const {
    Response response;
    Answer answer;
    answer.status = (*stub.*method)(&context, request, &response);
    if constexpr (requires { response.replayed(); }) {
      answer.revision = response.activity().revision();
      answer.replayed = response.replayed();
      response.clear_replayed();
    }
    answer.bytes = response.SerializeAsString();
    return answer;
  }

  Answer operator()(const v1::PostTransfersRequest& request) const {
    return Try(request, Capital::NewStub(channel), &Capital::Stub::PostTransfers);
  }
  Answer operator()(const v1::CaptureTransferRequest& request) const {
    return Try(request, Capital::NewStub(channel), &Capital::Stub::CaptureTransfer);
  }
  Answer operator()(const v1::VoidTransferRequest& request) const {
    return Try(request, Capital::NewStub(channel), &Capital::Stub::VoidTransfer);
  }
  Answer operator()(const v1::ReverseTransferRequest& request) const {
    return Try(request, Capital::NewStub(channel), &Capital::Stub::ReverseTransfer);
  }
  Answer operator()(const v1::RecordActivityRequest& request) const {
    return Try(request, Activities::NewStub(channel), &Activities::Stub::RecordActivity);
  }
  Answer operator()(const v1::UpdateMemberRequest& request) const {
    return Try(request, Members::NewStub(channel), &Members::Stub::UpdateMember);
  }
};

}  // namespace

Answer Send(const Channel& channel, const WriteRequest& request,
            std::chrono::milliseconds deadline) {
  Context context;
  context.set_deadline(std::chrono::system_clock::now() + deadline);
  Answer answer = std::visit(Caller{channel, context}, request);
  const auto& metadata = context.GetServerInitialMetadata();
  const auto revision = metadata.find("perigee-revision");
  // The response to an activity has its revision; other answers have theirs in the metadata only.
  if (revision != metadata.end() && answer.revision == 0) {
    answer.revision = std::strtoll(
        std::string(revision->second.data(), revision->second.size()).c_str(), nullptr, 10);
  }
  answer.replayed = answer.replayed || metadata.contains("perigee-replayed");
  return answer;
}

std::string RequestIdOf(const WriteRequest& request) {
  return std::visit(
      [](const auto& message) -> std::string {
        if constexpr (requires { message.request_id(); }) {
          return absl::StrReplaceAll(message.request_id(), {{"-", ""}});
        }
        return "";
      },
      request);
}

bool MayBeRetried(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::ABORTED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    // The write may be done or not.
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return true;
    default:
      return false;
  }
}

bool HasRetryAdvice(const grpc::Status& status) {
  google::rpc::Status wire;
  return wire.ParseFromString(status.error_details()) &&
         std::ranges::any_of(wire.details(), [](const google::protobuf::Any& detail) {
           return detail.Is<google::rpc::RetryInfo>();
         });
}

}  // namespace perigee::tests
