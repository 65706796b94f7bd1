#include <chrono>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/client_unary_call.h>
#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "perigee/v1/access.pb.h"
#include "perigee/v1/activity.grpc.pb.h"
#include "perigee/v1/agreement.pb.h"
#include "perigee/v1/ask.pb.h"
#include "perigee/v1/attachment.pb.h"
#include "perigee/v1/badge.pb.h"
#include "perigee/v1/board.pb.h"
#include "perigee/v1/candidate.pb.h"
#include "perigee/v1/capital.pb.h"
#include "perigee/v1/champion.pb.h"
#include "perigee/v1/contribution.pb.h"
#include "perigee/v1/credential.pb.h"
#include "perigee/v1/delivery.pb.h"
#include "perigee/v1/explain.pb.h"
#include "perigee/v1/facet.pb.h"
#include "perigee/v1/feedback.pb.h"
#include "perigee/v1/idea.pb.h"
#include "perigee/v1/inbox.pb.h"
#include "perigee/v1/insider.pb.h"
#include "perigee/v1/insider_read.pb.h"
#include "perigee/v1/insight.pb.h"
#include "perigee/v1/invitation.pb.h"
#include "perigee/v1/leak.pb.h"
#include "perigee/v1/member.pb.h"
#include "perigee/v1/orbit.pb.h"
#include "perigee/v1/program.pb.h"
#include "perigee/v1/reward.pb.h"
#include "perigee/v1/seat.pb.h"
#include "perigee/v1/thanks.pb.h"
#include "perigee/v1/tier.pb.h"
#include "tests/matchers/status.h"
#include "tests/support/perigeed.h"
#include "tests/support/process.h"

namespace perigee::tests {
namespace {

constexpr std::chrono::minutes kPatience{1};

class ContractTest : public testing::Test {
 protected:
  ContractTest() {
    EXPECT_EQ(Perigeed::Run("migrate", store_).exit_code, 0);
    EXPECT_THAT(server_.Start(), IsOk());
  }

  // Calls the method with one message, whatever its shape.
  grpc::Status CallWith(const std::string& bytes,
                        const google::protobuf::MethodDescriptor& method) {
    const bool internal = method.service()->name().ends_with("AdminService");
    const auto channel = server_.Channel(internal ? "internal" : "public");
    const std::string path = "/" + method.service()->full_name() + "/" + method.name();
    const grpc::internal::RpcMethod rpc(path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC,
                                        channel);
    const grpc::Slice slice(bytes);
    grpc::ClientContext context;
    grpc::ByteBuffer answer;
    return grpc::internal::BlockingUnaryCall(channel.get(), rpc, &context,
                                             grpc::ByteBuffer(&slice, 1), &answer);
  }

  TemporaryFolder folder_;
  const std::string store_ = "sqlite:" + (folder_.path() / "store.db").string();
  Perigeed server_{{.store = store_}};
};

// A method that is missing at its door would answer UNIMPLEMENTED.
TEST_F(ContractTest, EveryMethodRefusesBytesThatAreNoMessage) {
  const google::protobuf::FileDescriptor* const files[] = {
      v1::Activity::descriptor()->file(),     v1::Ask::descriptor()->file(),
      v1::Badge::descriptor()->file(),        v1::Board::descriptor()->file(),
      v1::Candidate::descriptor()->file(),    v1::Account::descriptor()->file(),
      v1::Contribution::descriptor()->file(), v1::Credential::descriptor()->file(),
      v1::Webhook::descriptor()->file(),      v1::Facet::descriptor()->file(),
      v1::Explanation::descriptor()->file(),  v1::ProgramInsight::descriptor()->file(),
      v1::Identity::descriptor()->file(),     v1::Invitation::descriptor()->file(),
      v1::Member::descriptor()->file(),       v1::Orbit::descriptor()->file(),
      v1::Program::descriptor()->file(),      v1::Feedback::descriptor()->file(),
      v1::Idea::descriptor()->file(),         v1::LeakCase::descriptor()->file(),
      v1::Reward::descriptor()->file(),       v1::Thanks::descriptor()->file(),
      v1::TierScheme::descriptor()->file(),   v1::Title::descriptor()->file(),
      v1::InsiderItem::descriptor()->file(),  v1::OpenedItem::descriptor()->file(),
      v1::Agreement::descriptor()->file(),    v1::InsiderSeat::descriptor()->file(),
      v1::Notification::descriptor()->file()};
  int methods = 0;
  for (const auto* file : files) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m, ++methods) {
        const google::protobuf::MethodDescriptor& method = *file->service(s)->method(m);
        SCOPED_TRACE(method.full_name());
        const grpc::Status status = CallWith("\xff\xff\xff", method);
        EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
        google::rpc::Status details;
        google::rpc::ErrorInfo info;
        ASSERT_TRUE(details.ParseFromString(status.error_details()));
        ASSERT_GT(details.details_size(), 0);
        ASSERT_TRUE(details.details(0).UnpackTo(&info));
        EXPECT_EQ(info.reason(), "INVALID_FIELD");
        EXPECT_EQ(info.metadata().at("field"), "request");
      }
    }
  }
  EXPECT_GT(methods, 30);
}

TEST_F(ContractTest, NeitherIdleClientsNorOpenStreamsHoldUpTheEnd) {
  const auto idle = server_.Channel("public");
  ASSERT_TRUE(idle->WaitForConnected(std::chrono::system_clock::now() + kPatience));
  const auto stub = v1::ActivityAdminService::NewStub(server_.Channel("internal"));
  grpc::ClientContext context;
  v1::RecordActivitiesResponse response;
  const auto stream = stub->RecordActivities(&context, &response);
  v1::RecordActivitiesRequest message;
  message.set_parent("programs/acme");
  ASSERT_TRUE(stream->Write(message));
  const std::string open =
      R"(perigee_stream_open{method="RecordActivities",service="perigee.v1.ActivityAdminService"})";
  ASSERT_TRUE(Await([&] { return server_.Metric(open) == 1; }));
  const auto start = std::chrono::steady_clock::now();
  server_.Stop();
  // The server would cut calls off after ten seconds.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(7));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(),
              testing::HasSubstr(" messages before that, 0 activities are recorded"));
}

}  // namespace
}  // namespace perigee::tests
