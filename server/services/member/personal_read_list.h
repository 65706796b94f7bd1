#pragma once

#include "absl/status/statusor.h"
#include "perigee/v1/member.pb.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class Store;
}  // namespace perigee::ports

namespace perigee::services {

// Answers MemberService.ListPersonalReads (member.proto).
absl::StatusOr<v1::ListPersonalReadsResponse> ListPersonalReads(
    const v1::ListPersonalReadsRequest& request, const ports::Store& store,
    const PageTokens& tokens);

}  // namespace perigee::services
