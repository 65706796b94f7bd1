#include "clients/cli/failure.h"

#include <map>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace perigee::cli {
namespace {

using ::testing::HasSubstr;

using Metadata = std::map<std::string, std::string>;

absl::Status Refused(grpc::StatusCode code, const std::string& reason,
                     const google::protobuf::Message* detail = nullptr,
                     const std::string& message = "no", const Metadata& metadata = {}) {
  google::rpc::Status wire;
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.mutable_metadata()->insert(metadata.begin(), metadata.end());
  wire.add_details()->PackFrom(info);
  if (detail != nullptr) {
    wire.add_details()->PackFrom(*detail);
  }
  return FromGrpc(grpc::Status(code, message, wire.SerializeAsString()));
}

std::string Said(const absl::Status& status) {
  std::ostringstream err;
  PrintFailure(status, err);
  return err.str();
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

TEST(FailureTest, StatesAndMovesAreSpelledAsCommandsAre) {
  const std::string said = Said(Refused(
      grpc::FAILED_PRECONDITION, "ILLEGAL_MOVE", nullptr,
      "contribution a_b is in_review, which does not allow start_review; open moves: accept, "
      "ask_for_changes",
      {{"state", "in_review"},
       {"move", "start_review"},
       {"open_moves", "accept,ask_for_changes"}}));
  EXPECT_THAT(said, HasSubstr("contribution a_b is in-review, which does not allow start-review; "
                              "open moves: accept, ask-for-changes\n"));
}

TEST(FailureTest, WhatIsMissingIsLookedForByItsKind) {
  const auto next = [](const std::string& name) { return Said(NotFoundFailure(name)); };
  EXPECT_THAT(next("programs/acme/titles/hero"), HasSubstr("`perigee titles list`"));
  EXPECT_THAT(next("programs/acme/members/ada/redemptions/7"),
              HasSubstr("`perigee rewards redemptions`"));
  EXPECT_THAT(next("programs/acme/titles/hero/candidates/ada"), HasSubstr("Left out are staff"));
}

TEST(FailureTest, WhoLacksAPermissionLearnsWhoMay) {
  const auto next = [](const Metadata& metadata) {
    return Said(Refused(grpc::PERMISSION_DENIED, "PERMISSION_DENIED", nullptr, "no", metadata));
  };
  EXPECT_THAT(next({}), HasSubstr("`perigee roles grant`"));
  EXPECT_THAT(next({{"only", "member"}}), HasSubstr("the member has to do it"));
  EXPECT_THAT(next({{"only", "operator"}}), HasSubstr("ask an operator"));
}

TEST(FailureTest, ARefusalOfAnItemNamesIt) {
  const absl::Status refused =
      OfItem("badge helper", Refused(grpc::INVALID_ARGUMENT, "INVALID_FIELD"));
  EXPECT_EQ(refused.message(), "badge helper: no");
  EXPECT_EQ(ReasonIn(refused), "INVALID_FIELD");
  EXPECT_EQ(OfItem("badge helper", UsageFailure("what?")).message(), "what?");
}

TEST(FailureTest, AFieldHasANextStepOfItsOwn) {
  EXPECT_THAT(
      Said(Refused(grpc::INVALID_ARGUMENT, "INVALID_FIELD", nullptr, "no", {{"field", "answers"}})),
      HasSubstr("`perigee titles show`"));
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
