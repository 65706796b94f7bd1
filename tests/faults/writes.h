#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include <grpcpp/grpcpp.h>

#include "perigee/v1/activity.pb.h"
#include "perigee/v1/ask.pb.h"
#include "perigee/v1/badge.pb.h"
#include "perigee/v1/capital.pb.h"
#include "perigee/v1/champion.pb.h"
#include "perigee/v1/contribution.pb.h"
#include "perigee/v1/credential.pb.h"
#include "perigee/v1/member.pb.h"
#include "perigee/v1/reward.pb.h"
#include "perigee/v1/thanks.pb.h"
#include "perigee/v1/tier.pb.h"

namespace perigee::tests {

// What moves capital, or changes members.
using BooksRequest =
    std::variant<v1::PostTransfersRequest, v1::CaptureTransferRequest, v1::VoidTransferRequest,
                 v1::ReverseTransferRequest, v1::RecordActivityRequest, v1::UpdateMemberRequest>;
// What moves the machines of champions: asks, thanks, redemptions, nominations with appointments,
// contributions, and what staff do with badges, tiers and credentials.
using ChampionRequest = std::variant<
    v1::ProposeAskRequest, v1::ReserveAskRequest, v1::SendAskRequest, v1::AcceptAskRequest,
    v1::DeclineAskRequest, v1::CompleteAskRequest, v1::ThankForAskRequest, v1::CancelAskRequest,
    v1::GiveThanksRequest, v1::WithdrawThanksRequest, v1::RedeemRequest,
    v1::ApproveRedemptionRequest, v1::FulfilRedemptionRequest, v1::RejectRedemptionRequest,
    v1::CancelRedemptionRequest, v1::ReturnRedemptionRequest, v1::NominateRequest,
    v1::StartReviewRequest, v1::ReviewNominationRequest, v1::DecideNominationRequest,
    v1::CreateAppointmentRequest, v1::RevokeAppointmentRequest, v1::ResignAppointmentRequest,
    v1::SubmitContributionRequest, v1::StartContributionReviewRequest,
    v1::AcceptContributionRequest, v1::RejectContributionRequest, v1::WithdrawContributionRequest,
    v1::GrantBadgeRequest, v1::RevokeBadgeRequest, v1::LockTierStandingRequest,
    v1::UnlockTierStandingRequest, v1::IssueCredentialRequest, v1::RevokeCredentialRequest>;
using WriteRequest = std::variant<BooksRequest, ChampionRequest>;

// The channels to the doors of one server.
struct DoorChannels {
  std::shared_ptr<grpc::Channel> internal_door;
  std::shared_ptr<grpc::Channel> public_door;
};

// The outcome of one try.
struct Answer {
  grpc::Status status;
  std::int64_t revision = 0;
  bool replayed = false;
  std::string bytes;  // The response without its mark of a replay.
};

// Sends the request once, to the door that takes it, and waits for the outcome.
Answer Send(const DoorChannels& doors, const WriteRequest& request,
            std::chrono::milliseconds deadline);

// The same at an internal door, which takes all that moves capital or changes members.
Answer Send(const std::shared_ptr<grpc::Channel>& internal_door, const BooksRequest& request,
            std::chrono::milliseconds deadline);

// The request id in hex without dashes; empty for activities, which have none.
std::string RequestIdOf(const WriteRequest& request);

// The proto file of the request, which says what it writes: `capital`, `ask`, `reward` and so on.
std::string KindOf(const WriteRequest& request);

// True if another try may help, and true if the refusal also says when.
bool MayBeRetried(const grpc::Status& status);
bool HasRetryAdvice(const grpc::Status& status);
// The reason of a refusal, as reasons.proto spells it. Empty if it has none.
std::string ReasonOf(const grpc::Status& status);

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
