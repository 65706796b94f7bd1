#include "server/services/call.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <set>
#include <sstream>
#include <string>

#include <google/protobuf/util/time_util.h>
#include <prometheus/text_serializer.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "server/services/member/member_service.h"
#include "tests/fakes/failing_store.h"
#include "tests/fakes/sequence_ids.h"
#include "tests/matchers/status.h"
#include "tests/services/admin_server.h"
#include "tests/services/server_fixture.h"

namespace perigee::tests {
namespace {

using services::ContentHash;
using services::Method;
using services::ToGrpcStatus;

const Method kMethod{"perigee.v1.MemberService/GetMember", nullptr};

TEST(ToGrpcStatusTest, EveryReasonKeepsItsCodeAndSaysItselfOnce) {
  for (const Reason reason : AllReasons()) {
    if (reason == Reason::kInternal) {
      continue;  // Concealed: see the next test.
    }
    const absl::Status refusal = Error(reason, "because", {{"field", "a.b"}, {"more", "c"}});
    const absl::Status wire = FromWire(ToGrpcStatus(refusal, kMethod));
    EXPECT_EQ(ReasonOf(wire), reason);
    EXPECT_EQ(wire.message(), "because");
    EXPECT_EQ(MetadataOf(wire), MetadataOf(refusal));
  }
}

TEST(ToGrpcStatusTest, AnInnerCauseStaysInTheLog) {
  for (const absl::Status& fault : {absl::DataLossError("page 7 of secret.db is torn"),
                                    Error(Reason::kInternal, "the secret statement failed")}) {
    const grpc::Status wire = ToGrpcStatus(fault, kMethod);
    EXPECT_EQ(wire.error_code(), grpc::StatusCode::INTERNAL);
    EXPECT_THAT(wire.error_message(), ::testing::Not(::testing::HasSubstr("secret")));
    EXPECT_THAT(wire.error_details(), ::testing::Not(::testing::HasSubstr("secret")));
    const std::string id = MetadataOf(FromWire(wire))["id"];
    EXPECT_EQ(id.size(), 16U);
    EXPECT_THAT(wire.error_message(), ::testing::HasSubstr(id));
  }
}

TEST(ToGrpcStatusTest, RetryAdviceGrowsByUpToHalf) {
  std::set<std::int64_t> said;
  for (int i = 0; i < 100; ++i) {
    google::rpc::Status wire;
    wire.ParseFromString(
        ToGrpcStatus(Overloaded("too much", std::chrono::milliseconds(1900)), kMethod)
            .error_details());
    google::rpc::RetryInfo retry;
    for (const google::protobuf::Any& detail : wire.details()) {
      detail.UnpackTo(&retry);
    }
    const std::int64_t millis =
        google::protobuf::util::TimeUtil::DurationToMilliseconds(retry.retry_delay());
    EXPECT_THAT(millis, ::testing::AllOf(::testing::Ge(1900), ::testing::Le(2850)));
    said.insert(millis);
  }
  EXPECT_GT(said.size(), 10U);
}

TEST(ToGrpcStatusTest, OkAndCancelledStayUnchanged) {
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

// The number of calls of MemberService.GetMember that ended with `code`, by the metrics.
int Finished(ServerFixture& server, const std::string& code) {
  std::ostringstream page;
  prometheus::TextSerializer().Serialize(page, server.metrics.registry().Collect());
  const std::string series = R"(perigee_rpc_finished_total{code=")" + code +
                             R"(",method="GetMember",service="perigee.v1.MemberService"} )";
  const std::size_t at = page.str().find(series);
  return at == std::string::npos ? 0 : std::stoi(page.str().substr(at + series.size()));
}

class FullExecutor final : public ports::Executor {
 public:
  absl::Status Submit(std::function<void()> /*work*/) override {
    return Overloaded("too much work waits", std::chrono::milliseconds(700));
  }
  void After(std::chrono::milliseconds /*delay*/, std::function<void()> /*work*/) override {}
};

TEST(CallTest, AFullExecutorRefusesAtOnceAndTheCallIsCounted) {
  ServerFixture server;
  FullExecutor full;
  services::Call call(server.store(), server.clock, full, server.metrics);
  services::MemberService members(call, server.ids, server.no_boards(), server.tokens());
  server.Serve({&members});
  const auto stub = v1::MemberService::NewStub(server.channel());
  v1::GetMemberRequest request;
  request.set_name("programs/acme/members/ada");
  EXPECT_THAT(Invoke(*stub, &v1::MemberService::Stub::GetMember, request),
              HasReason(Reason::kOverloaded));
  server.StopServing();

  EXPECT_EQ(Finished(server, "RESOURCE_EXHAUSTED"), 1);
}

// An executor that keeps its work.
class KeepingExecutor final : public ports::Executor {
 public:
  absl::Status Submit(std::function<void()> work) override {
    const std::lock_guard lock(mutex_);
    kept_.push_back(std::move(work));
    come_.notify_all();
    return absl::OkStatus();
  }
  void After(std::chrono::milliseconds /*delay*/, std::function<void()> /*work*/) override {}
  // Waits for work.
  void Await() {
    std::unique_lock lock(mutex_);
    come_.wait(lock, [this] { return !kept_.empty(); });
  }
  // Runs the oldest work.
  void RunOne() {
    std::unique_lock lock(mutex_);
    const std::function<void()> work = std::move(kept_.front());
    kept_.pop_front();
    lock.unlock();
    work();
  }

 private:
  std::mutex mutex_;
  std::condition_variable come_;
  std::deque<std::function<void()>> kept_;
};

TEST(CallTest, WorkPastItsDeadlineIsNotBegun) {
  ServerFixture server;
  KeepingExecutor queue;
  services::Call call(server.store(), server.clock, queue, server.metrics);
  services::MemberService members(call, server.ids, server.no_boards(), server.tokens());
  server.Serve({&members});
  const auto stub = v1::MemberService::NewStub(server.channel());
  v1::GetMemberRequest request;
  request.set_name("programs/acme/members/ada");
  // When the second deadline has passed here, the first one has passed at the server.
  for (const std::chrono::milliseconds patience :
       {std::chrono::milliseconds(100), std::chrono::milliseconds(300)}) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + patience);
    v1::Member member;
    EXPECT_EQ(stub->GetMember(&context, request, &member).error_code(),
              grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  queue.RunOne();
  EXPECT_EQ(Finished(server, "DEADLINE_EXCEEDED"), 1);
  EXPECT_EQ(Finished(server, "NOT_FOUND"), 0);
  queue.RunOne();
  server.StopServing();
}

TEST(CallTest, ACallBeyondTheLimitIsRefusedUntilOneEnds) {
  ServerFixture server;
  KeepingExecutor queue;
  services::Call call(server.store(), server.clock, queue, server.metrics, nullptr, 1);
  services::MemberService members(call, server.ids, server.no_boards(), server.tokens());
  server.Serve({&members});
  const auto stub = v1::MemberService::NewStub(server.channel());
  v1::GetMemberRequest request;
  request.set_name("programs/acme/members/ada");
  const auto get = [&] { return Invoke(*stub, &v1::MemberService::Stub::GetMember, request); };
  auto open = std::async(std::launch::async, get);
  queue.Await();
  EXPECT_THAT(get(), HasReason(Reason::kOverloaded));
  queue.RunOne();
  EXPECT_THAT(open.get(), HasReason(Reason::kNotFound));
  open = std::async(std::launch::async, get);
  queue.Await();
  queue.RunOne();
  EXPECT_THAT(open.get(), HasReason(Reason::kNotFound));
  server.StopServing();
}

TEST(CallTest, AWriteWhoseCallerHasGoneIsNotBegun) {
  AdminServer server;
  server.MakeProgram();
  std::promise<void> begun;
  std::promise<void> go_on;
  std::promise<void> done;
  ports::Unit hold;
  hold.program = "acme";
  hold.now = server.clock.Now();
  hold.decide = [&](ports::StoreReader&, const ports::UnitContext&) {
    begun.set_value();
    go_on.get_future().wait();
    return absl::StatusOr<ports::Decision>(ports::Decision{});
  };
  server.store().Write(std::move(hold),
                       [&](const absl::StatusOr<ports::Outcome>&) { done.set_value(); });
  begun.get_future().wait();
  // When the second deadline has passed here, the first one has passed at the server.
  for (const int millis : {50, 150}) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(millis));
    v1::CreateMemberRequest create;
    create.set_parent("programs/acme");
    create.set_member_id("member-" + std::to_string(millis));
    create.mutable_member()->set_display_name("Ada");
    create.set_request_id(server.NewRequestId());
    v1::Member member;
    EXPECT_EQ(server.member_admin->CreateMember(&context, create, &member).error_code(),
              grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  go_on.set_value();
  done.get_future().wait();
  server.MakeMember("bob");  // All earlier writes have had their turn.
  v1::GetMemberRequest get;
  get.set_name("programs/acme/members/member-50");
  EXPECT_THAT(Invoke(*server.members, &v1::MemberService::Stub::GetMember, get),
              HasReason(Reason::kNotFound));
}

TEST(CallTest, AFailedWriteChangesNothingAndMayBeRetried) {
  AdminServer server;
  server.MakeProgram();
  FailingStore store(server.store());
  services::Call call(store, server.clock, server.call().executor(), server.metrics);
  SequenceIds ids;
  services::MemberService members(call, server.ids, server.no_boards(), server.tokens());
  services::MemberAdminService member_admin(call, ids, server.tokens(), server.search());
  server.StopServing();
  server.Serve({&members, &member_admin});
  const auto admin = v1::MemberAdminService::NewStub(server.channel());
  const auto reader = v1::MemberService::NewStub(server.channel());
  v1::CreateMemberRequest create;
  create.set_parent("programs/acme");
  create.set_member_id("ada");
  create.mutable_member()->set_display_name("Ada");
  create.set_request_id(server.NewRequestId());
  v1::GetMemberRequest get;
  get.set_name("programs/acme/members/ada");
  const auto write = [&] {
    return Invoke(*admin, &v1::MemberAdminService::Stub::CreateMember, create);
  };
  const auto read = [&] { return Invoke(*reader, &v1::MemberService::Stub::GetMember, get); };

  store.FailWrite(1);
  EXPECT_THAT(write(), HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(read(), HasReason(Reason::kNotFound));
  const auto made = write();
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(write()->SerializeAsString(), made->SerializeAsString());
  store.FailRead(1);
  EXPECT_THAT(read(), HasReason(Reason::kStoreUnavailable));
  EXPECT_EQ(read()->SerializeAsString(), made->SerializeAsString());
  server.StopServing();
}

}  // namespace
}  // namespace perigee::tests
