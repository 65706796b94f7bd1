#include "clients/cli/failure.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace perigee::cli {
namespace {

using ::testing::HasSubstr;

absl::Status Refused(grpc::StatusCode code, const std::string& reason,
                     const google::protobuf::Message* detail = nullptr) {
  google::rpc::Status wire;
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  wire.add_details()->PackFrom(info);
  if (detail != nullptr) {
    wire.add_details()->PackFrom(*detail);
  }
  return FromGrpc(grpc::Status(code, "no", wire.SerializeAsString()));
}

TEST(FailureTest, ARefusalNamesReasonFieldAndNextStep) {
  google::rpc::BadRequest bad;
  bad.add_field_violations()->set_field("member.display_name");
  std::ostringstream err;
  EXPECT_EQ(PrintFailure(Refused(grpc::INVALID_ARGUMENT, "INVALID_FIELD", &bad), err),
            kExitRefused);
  EXPECT_THAT(err.str(), HasSubstr("reason: INVALID_FIELD"));
  EXPECT_THAT(err.str(), HasSubstr("field:  member.display_name"));
  EXPECT_THAT(err.str(), HasSubstr("next:"));
}

TEST(FailureTest, OnlyTemporaryFailuresAreTriedAgain) {
  EXPECT_TRUE(MayRetry(Refused(grpc::UNAVAILABLE, "STORE_UNAVAILABLE")));
  EXPECT_TRUE(MayRetry(Refused(grpc::RESOURCE_EXHAUSTED, "OVERLOADED")));
  EXPECT_TRUE(MayRetry(Refused(grpc::ABORTED, "CONFLICT")));
  EXPECT_TRUE(MayRetry(FromGrpc(grpc::Status(grpc::UNAVAILABLE, "connection refused"))));
  EXPECT_FALSE(MayRetry(Refused(grpc::ABORTED, "ETAG_MISMATCH")));
  EXPECT_FALSE(MayRetry(Refused(grpc::INTERNAL, "INTERNAL")));
  EXPECT_FALSE(MayRetry(Refused(grpc::ALREADY_EXISTS, "REQUEST_ID_REUSED")));
  EXPECT_FALSE(MayRetry(absl::OkStatus()));
}

TEST(FailureTest, TheServersDelayIsRead) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(1);
  retry.mutable_retry_delay()->set_nanos(500'000'000);
  EXPECT_EQ(RetryDelay(Refused(grpc::UNAVAILABLE, "X", &retry)), std::chrono::milliseconds(1500));
  EXPECT_EQ(RetryDelay(Refused(grpc::UNAVAILABLE, "X")), std::nullopt);
}

TEST(FailureTest, ExitCodesTellUsageRefusalAndAbsence) {
  std::ostringstream err;
  EXPECT_EQ(PrintFailure(UsageFailure("what?"), err), kExitUsage);
  EXPECT_EQ(PrintFailure(Refused(grpc::NOT_FOUND, "NOT_FOUND"), err), kExitRefused);
  EXPECT_EQ(PrintFailure(FromGrpc(grpc::Status(grpc::UNAVAILABLE, "gone")), err), kExitUnavailable);
}

}  // namespace
}  // namespace perigee::cli
