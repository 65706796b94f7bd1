#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include <grpcpp/grpcpp.h>

#include "perigee/v1/activity.pb.h"
#include "perigee/v1/capital.pb.h"
#include "perigee/v1/member.pb.h"

namespace perigee::tests {

using WriteRequest =
    std::variant<v1::PostTransfersRequest, v1::CaptureTransferRequest, v1::VoidTransferRequest,
                 v1::ReverseTransferRequest, v1::RecordActivityRequest, v1::UpdateMemberRequest>;

// The outcome of one try.
struct Answer {
  grpc::Status status;
  std::int64_t revision = 0;
  bool replayed = false;
  std::string bytes;  // The response without its mark of a replay.
};

// Sends the request once and waits for the outcome.
Answer Send(const std::shared_ptr<grpc::Channel>& channel, const WriteRequest& request,
            std::chrono::milliseconds deadline);

// The request id in hex without dashes; empty for activities, which have none.
std::string RequestIdOf(const WriteRequest& request);

// True if another try may help, and true if the refusal also says when.
bool MayBeRetried(const grpc::Status& status);
bool HasRetryAdvice(const grpc::Status& status);

// One write of a client and what the client knows of it. It is stored before the request is sent,
// and the same request is sent until it is answered.
struct Write {
  enum class State { kIntended, kAcknowledged, kRefused };
  WriteRequest request;
  State state = State::kIntended;
  Answer answer;
  int tries = 0;
};

}  // namespace perigee::tests
