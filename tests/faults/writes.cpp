#include "tests/faults/writes.h"

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "absl/strings/str_replace.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "perigee/v1/activity.grpc.pb.h"
#include "perigee/v1/ask.grpc.pb.h"
#include "perigee/v1/badge.grpc.pb.h"
#include "perigee/v1/capital.grpc.pb.h"
#include "perigee/v1/champion.grpc.pb.h"
#include "perigee/v1/contribution.grpc.pb.h"
#include "perigee/v1/credential.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "perigee/v1/reward.grpc.pb.h"
#include "perigee/v1/thanks.grpc.pb.h"
#include "perigee/v1/tier.grpc.pb.h"

namespace perigee::tests {
namespace {

using Context = grpc::ClientContext;

using Activities = v1::ActivityAdminService::Stub;
using AskAdmin = v1::AskAdminService::Stub;
using Asks = v1::AskService::Stub;
using BadgeAdmin = v1::BadgeAdminService::Stub;
using Capital = v1::CapitalAdminService::Stub;
using ChampionAdmin = v1::ChampionAdminService::Stub;
using Champions = v1::ChampionService::Stub;
using ContributionAdmin = v1::ContributionAdminService::Stub;
using Contributions = v1::ContributionService::Stub;
using Credentials = v1::CredentialService::Stub;
using Members = v1::MemberAdminService::Stub;
using RewardAdmin = v1::RewardAdminService::Stub;
using Rewards = v1::RewardService::Stub;
using Thanks = v1::ThanksService::Stub;
using TierAdmin = v1::TierAdminService::Stub;

// Sends a request by its method, once. Methods of the public door are those that members call.
struct Caller {
  const DoorChannels& doors;
  Context& context;

  template <class Stub, class Request, class Response>
  Answer Call(const std::shared_ptr<grpc::Channel>& door, const Request& request,
              grpc::Status (Stub::*method)(Context*, const Request&, Response*)) const {
    Stub stub(door);
    Response response;
    Answer answer;
    answer.status = (stub.*method)(&context, request, &response);
    if constexpr (requires { response.replayed(); }) {
      answer.revision = response.activity().revision();
      answer.replayed = response.replayed();
      response.clear_replayed();
    }
    answer.bytes = response.SerializeAsString();
    return answer;
  }
  Answer Staff(const auto& request, auto method) const {
    return Call(doors.internal_door, request, method);
  }
  Answer Member(const auto& request, auto method) const {
    return Call(doors.public_door, request, method);
  }

  Answer operator()(const v1::PostTransfersRequest& request) const {
    return Staff(request, &Capital::PostTransfers);
  }
  Answer operator()(const v1::CaptureTransferRequest& request) const {
    return Staff(request, &Capital::CaptureTransfer);
  }
  Answer operator()(const v1::VoidTransferRequest& request) const {
    return Staff(request, &Capital::VoidTransfer);
  }
  Answer operator()(const v1::ReverseTransferRequest& request) const {
    return Staff(request, &Capital::ReverseTransfer);
  }
  Answer operator()(const v1::RecordActivityRequest& request) const {
    return Staff(request, &Activities::RecordActivity);
  }
  Answer operator()(const v1::UpdateMemberRequest& request) const {
    return Staff(request, &Members::UpdateMember);
  }
  Answer operator()(const v1::ProposeAskRequest& request) const {
    return Staff(request, &AskAdmin::ProposeAsk);
  }
  Answer operator()(const v1::ReserveAskRequest& request) const {
    return Staff(request, &AskAdmin::ReserveAsk);
  }
  Answer operator()(const v1::SendAskRequest& request) const {
    return Staff(request, &AskAdmin::SendAsk);
  }
  Answer operator()(const v1::AcceptAskRequest& request) const {
    return Member(request, &Asks::AcceptAsk);
  }
  Answer operator()(const v1::DeclineAskRequest& request) const {
    return Member(request, &Asks::DeclineAsk);
  }
  Answer operator()(const v1::CompleteAskRequest& request) const {
    return Staff(request, &AskAdmin::CompleteAsk);
  }
  Answer operator()(const v1::ThankForAskRequest& request) const {
    return Staff(request, &AskAdmin::ThankForAsk);
  }
  Answer operator()(const v1::CancelAskRequest& request) const {
    return Staff(request, &AskAdmin::CancelAsk);
  }
  Answer operator()(const v1::GiveThanksRequest& request) const {
    return Member(request, &Thanks::GiveThanks);
  }
  Answer operator()(const v1::WithdrawThanksRequest& request) const {
    return Member(request, &Thanks::WithdrawThanks);
  }
  Answer operator()(const v1::RedeemRequest& request) const {
    return Member(request, &Rewards::Redeem);
  }
  Answer operator()(const v1::ApproveRedemptionRequest& request) const {
    return Staff(request, &RewardAdmin::ApproveRedemption);
  }
  Answer operator()(const v1::FulfilRedemptionRequest& request) const {
    return Staff(request, &RewardAdmin::FulfilRedemption);
  }
  Answer operator()(const v1::RejectRedemptionRequest& request) const {
    return Staff(request, &RewardAdmin::RejectRedemption);
  }
  Answer operator()(const v1::CancelRedemptionRequest& request) const {
    return Member(request, &Rewards::CancelRedemption);
  }
  Answer operator()(const v1::ReturnRedemptionRequest& request) const {
    return Staff(request, &RewardAdmin::ReturnRedemption);
  }
  Answer operator()(const v1::NominateRequest& request) const {
    return Member(request, &Champions::Nominate);
  }
  Answer operator()(const v1::StartReviewRequest& request) const {
    return Staff(request, &ChampionAdmin::StartReview);
  }
  Answer operator()(const v1::ReviewNominationRequest& request) const {
    return Staff(request, &ChampionAdmin::ReviewNomination);
  }
  Answer operator()(const v1::DecideNominationRequest& request) const {
    return Staff(request, &ChampionAdmin::DecideNomination);
  }
  Answer operator()(const v1::CreateAppointmentRequest& request) const {
    return Staff(request, &ChampionAdmin::CreateAppointment);
  }
  Answer operator()(const v1::RevokeAppointmentRequest& request) const {
    return Staff(request, &ChampionAdmin::RevokeAppointment);
  }
  Answer operator()(const v1::ResignAppointmentRequest& request) const {
    return Member(request, &Champions::ResignAppointment);
  }
  Answer operator()(const v1::SubmitContributionRequest& request) const {
    return Member(request, &Contributions::SubmitContribution);
  }
  Answer operator()(const v1::StartContributionReviewRequest& request) const {
    return Staff(request, &ContributionAdmin::StartContributionReview);
  }
  Answer operator()(const v1::AcceptContributionRequest& request) const {
    return Staff(request, &ContributionAdmin::AcceptContribution);
  }
  Answer operator()(const v1::RejectContributionRequest& request) const {
    return Staff(request, &ContributionAdmin::RejectContribution);
  }
  Answer operator()(const v1::WithdrawContributionRequest& request) const {
    return Member(request, &Contributions::WithdrawContribution);
  }
  Answer operator()(const v1::GrantBadgeRequest& request) const {
    return Staff(request, &BadgeAdmin::GrantBadge);
  }
  Answer operator()(const v1::RevokeBadgeRequest& request) const {
    return Staff(request, &BadgeAdmin::RevokeBadge);
  }
  Answer operator()(const v1::LockTierStandingRequest& request) const {
    return Staff(request, &TierAdmin::LockTierStanding);
  }
  Answer operator()(const v1::UnlockTierStandingRequest& request) const {
    return Staff(request, &TierAdmin::UnlockTierStanding);
  }
  Answer operator()(const v1::IssueCredentialRequest& request) const {
    return Member(request, &Credentials::IssueCredential);
  }
  Answer operator()(const v1::RevokeCredentialRequest& request) const {
    return Member(request, &Credentials::RevokeCredential);
  }
  Answer operator()(const BooksRequest& request) const { return std::visit(*this, request); }
  Answer operator()(const ChampionRequest& request) const { return std::visit(*this, request); }
};

// Calls `use` with the message of the request.
template <class Use>
auto WithMessage(const WriteRequest& request, const Use& use) {
  return std::visit([&](const auto& some) { return std::visit(use, some); }, request);
}

template <class Detail>
std::optional<Detail> DetailOf(const grpc::Status& status) {
  google::rpc::Status wire;
  Detail found;
  if (wire.ParseFromString(status.error_details())) {
    for (const google::protobuf::Any& detail : wire.details()) {
      if (detail.UnpackTo(&found)) {
        return found;
      }
    }
  }
  return std::nullopt;
}

}  // namespace

Answer Send(const DoorChannels& doors, const WriteRequest& request,
            std::chrono::milliseconds deadline) {
  Context context;
  context.set_deadline(std::chrono::system_clock::now() + deadline);
  Answer answer = std::visit(Caller{doors, context}, request);
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

Answer Send(const std::shared_ptr<grpc::Channel>& internal_door, const BooksRequest& request,
            std::chrono::milliseconds deadline) {
  return Send(DoorChannels{internal_door, nullptr}, request, deadline);
}

std::string RequestIdOf(const WriteRequest& request) {
  return WithMessage(request, [](const auto& message) -> std::string {
    if constexpr (requires { message.request_id(); }) {
      return absl::StrReplaceAll(message.request_id(), {{"-", ""}});
    }
    return "";
  });
}

std::string KindOf(const WriteRequest& request) {
  return WithMessage(request, [](const google::protobuf::Message& message) {
    return std::filesystem::path(message.GetDescriptor()->file()->name()).stem().string();
  });
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
  return DetailOf<google::rpc::RetryInfo>(status).has_value();
}

std::string ReasonOf(const grpc::Status& status) {
  const auto info = DetailOf<google::rpc::ErrorInfo>(status);
  return info.has_value() ? info->reason() : "";
}

}  // namespace perigee::tests
