#include "clients/cli/demo_stage.h"

#include <algorithm>

#include "clients/cli/failure.h"
#include "perigee/v1/badge.grpc.pb.h"

namespace perigee::cli {

bool WasThereBefore(const absl::Status& status) {
  const std::string reason = ReasonIn(status);
  return reason == "ALREADY_EXISTS" || reason == "REQUEST_ID_REUSED" ||
         reason == "REQUEST_ANSWER_ERASED";
}

absl::Status Stage::AwaitGrant(const std::string& badge, std::size_t member) {
  PERIGEE_ASSIGN_OR_RETURN(const auto channel, session_.Channel(Door::kInternal));
  v1::BadgeAdminService::Stub stub(channel);
  v1::ListAllBadgeGrantsRequest request;
  request.set_parent(program_name_);
  request.set_badge(Named("badges/" + badge));
  request.set_page_size(1000);
  return session_.Retry([&](grpc::ClientContext& context) {
    session_.SetDeadline(context);
    v1::ListAllBadgeGrantsResponse response;
    const grpc::Status answer = stub.ListAllBadgeGrants(&context, request, &response);
    const bool found = std::ranges::any_of(response.grants(), [&](const v1::BadgeGrant& grant) {
      return grant.name().starts_with(Member(member) + "/");
    });
    return !answer.ok() || found
               ? answer
               : grpc::Status(grpc::StatusCode::ABORTED, "the badge was not granted yet");
  });
}

}  // namespace perigee::cli
