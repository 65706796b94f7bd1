#include "server/services/call.h"

#include <sstream>
#include <string>

#include <prometheus/text_serializer.h>

#include "google/rpc/status.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "server/services/member_service.h"
#include "tests/matchers/status.h"
#include "tests/services/server_fixture.h"

namespace perigee::tests {
namespace {

using services::ContentHash;
using services::Method;
using services::ToGrpcStatus;

const Method kMethod{"perigee.v1.MemberService/GetMember", nullptr};

TEST(ToGrpcStatusTest, EveryReasonKeepsItsCodeAndSaysItselfOnce) {
  for (const Reason reason : AllReasons()) {
    const absl::Status refusal = Error(reason, "because", {{"field", "a.b"}, {"more", "c"}});
    const absl::Status wire = FromWire(ToGrpcStatus(refusal, kMethod));
    EXPECT_EQ(ReasonOf(wire), reason);
    EXPECT_EQ(wire.message(), "because");
    EXPECT_EQ(MetadataOf(wire), MetadataOf(refusal));
  }
}

TEST(ToGrpcStatusTest, ACauseThatNobodyMeantToTellStaysInTheLog) {
  const grpc::Status wire =
      ToGrpcStatus(absl::DataLossError("page 7 of secret.db is torn"), kMethod);
  EXPECT_EQ(wire.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_THAT(wire.error_message(), ::testing::Not(::testing::HasSubstr("secret")));
  EXPECT_THAT(wire.error_details(), ::testing::Not(::testing::HasSubstr("secret")));
  const std::string id = MetadataOf(FromWire(wire))["id"];
  EXPECT_EQ(id.size(), 16U);
  EXPECT_THAT(wire.error_message(), ::testing::HasSubstr(id));
}

TEST(ToGrpcStatusTest, OkAndCancelledStayWhatTheyAre) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus(), kMethod).ok());
  EXPECT_EQ(ToGrpcStatus(absl::CancelledError("gone"), kMethod).error_code(),
            grpc::StatusCode::CANCELLED);
}

TEST(ContentHashTest, IsOfMethodAndContentButNotOfTheRequestId) {
  v1::CreateMemberRequest request;
  request.set_member_id("ada");
  request.set_request_id("1");
  const Sha256Digest hash = ContentHash(kMethod, request);
  request.set_request_id("2");
  EXPECT_EQ(ContentHash(kMethod, request), hash);
  EXPECT_EQ(request.request_id(), "2");
  EXPECT_NE(ContentHash(Method{"perigee.v1.Other/Method", nullptr}, request), hash);
  request.set_member_id("bob");
  EXPECT_NE(ContentHash(kMethod, request), hash);
}

class FullExecutor final : public ports::Executor {
 public:
  bool Submit(std::function<void()>) override { return false; }
  void After(std::chrono::milliseconds, std::function<void()>) override {}
};

TEST(CallTest, AFullExecutorRefusesAtOnceAndTheCallIsCounted) {
  ServerFixture server;
  FullExecutor full;
  services::Call call(server.store(), server.clock, full, server.metrics);
  services::MemberService members(call);
  server.Serve({&members});
  const auto stub = v1::MemberService::NewStub(server.channel());
  v1::GetMemberRequest request;
  request.set_name("programs/acme/members/ada");
  EXPECT_THAT(Invoke(*stub, &v1::MemberService::Stub::GetMember, request),
              HasReason(Reason::kOverloaded));
  server.StopServing();

  std::ostringstream page;
  prometheus::TextSerializer().Serialize(page, server.metrics.registry().Collect());
  EXPECT_THAT(page.str(),
              ::testing::HasSubstr(R"(perigee_rpc_finished_total{code="RESOURCE_EXHAUSTED",)"
                                   R"(method="GetMember",service="perigee.v1.MemberService"} 1)"));
}

}  // namespace
}  // namespace perigee::tests
