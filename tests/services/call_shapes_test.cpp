#include <atomic>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include "perigee/v1/activity.grpc.pb.h"
#include "perigee/v1/board.grpc.pb.h"
#include "server/domain/activity/activity.h"
#include "server/services/board/board_service.h"
#include "server/services/call.h"
#include "tests/matchers/status.h"
#include "tests/services/server_fixture.h"

namespace perigee::tests {
namespace {

using services::CallContext;
using services::Method;
using services::RunningCall;

// A stream that ends at once, without a message.
template <class Reactor>
class EmptyStream final : public Reactor {
 public:
  explicit EmptyStream(const RunningCall& call) { this->Finish(call.End(absl::OkStatus())); }
  void OnDone() override { delete this; }
};

// One method of each of the shapes write, read, long write and client stream. Each only counts its
// run.
class ActivityShapes final : public v1::ActivityAdminService::CallbackService {
 public:
  ActivityShapes(services::Call& call, std::atomic<int>& ran) : call_(call), ran_(ran) {}

  grpc::ServerUnaryReactor* RecordActivity(grpc::CallbackServerContext* context,
                                           const v1::RecordActivityRequest* request,
                                           v1::RecordActivityResponse* response) override {
    return call_.Write(context, write_, request, response,
                       [this](const CallContext&, const auto&) -> absl::StatusOr<services::Change> {
                         ++ran_;
                         return NotFound("programs/none");
                       });
  }
  grpc::ServerUnaryReactor* GetActivity(grpc::CallbackServerContext* context,
                                        const v1::GetActivityRequest* request,
                                        v1::Activity* response) override {
    return call_.Read(context, read_, request, response,
                      [this](const CallContext&, const auto&) -> absl::StatusOr<v1::Activity> {
                        ++ran_;
                        return NotFound("programs/none");
                      });
  }
  grpc::ServerUnaryReactor* ListActivities(grpc::CallbackServerContext* context,
                                           const v1::ListActivitiesRequest* request,
                                           v1::ListActivitiesResponse* response) override {
    return call_.WriteLong(
        context, write_long_, request, response,
        [this](const CallContext&, const auto&) -> absl::StatusOr<services::LongChange> {
          ++ran_;
          return NotFound("programs/none");
        });
  }
  grpc::ServerReadReactor<v1::RecordActivitiesRequest>* RecordActivities(
      grpc::CallbackServerContext* context, v1::RecordActivitiesResponse* /*response*/) override {
    using Reactor = grpc::ServerReadReactor<v1::RecordActivitiesRequest>;
    return call_.ClientStream<v1::RecordActivitiesRequest>(context, client_stream_,
                                                           [this](const RunningCall& call) {
                                                             ++ran_;
                                                             return new EmptyStream<Reactor>(call);
                                                           });
  }

 private:
  services::Call& call_;
  std::atomic<int>& ran_;
  const Method write_ = call_.Register("shapes", "Write");
  const Method read_ = call_.Register("shapes", "Read");
  const Method write_long_ = call_.Register("shapes", "WriteLong");
  const Method client_stream_ = call_.Register("shapes", "ClientStream");
};

// The same for the shapes hot and server stream.
class BoardShapes final : public services::HotBoardService {
 public:
  BoardShapes(services::Call& call, std::atomic<int>& ran) : call_(call), ran_(ran) {}

  grpc::ServerUnaryReactor* ListEntries(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override {
    return call_.Hot<v1::ListEntriesRequest>(
        context, hot_, request, response,
        [this](const CallContext&, const auto&, grpc::ByteBuffer*) {
          ++ran_;
          return NotFound("programs/none");
        },
        [](const auto&, std::function<void()>&&) {});
  }
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchBoard(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request) override {
    using Reactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;
    return call_.ServerStream<v1::WatchBoardRequest>(
        context, server_stream_, request,
        [this](const RunningCall& call, const v1::WatchBoardRequest& asked) {
          ++ran_;
          EXPECT_EQ(asked.name(), "name");
          return new EmptyStream<Reactor>(call);
        });
  }

 private:
  services::Call& call_;
  std::atomic<int>& ran_;
  const Method hot_ = call_.Register("shapes", "Hot");
  const Method server_stream_ = call_.Register("shapes", "ServerStream");
};

// A server with methods of all shapes.
class CallShapesTest : public testing::Test {
 protected:
  // Opens a door that allows `open_max` open calls.
  void Open(int open_max) {
    call = std::make_unique<services::Call>(server.store(), server.clock, server.call().executor(),
                                            server.metrics, open_max);
    activities = std::make_unique<ActivityShapes>(*call, ran);
    boards = std::make_unique<BoardShapes>(*call, ran);
    server.Serve({activities.get(), boards.get()});
  }
  // Calls each shape once: hot, read, write, long write, client stream, server stream.
  std::vector<absl::Status> CallEach() {
    const auto activity_stub = v1::ActivityAdminService::NewStub(server.channel());
    const auto board_stub = v1::BoardService::NewStub(server.channel());
    std::vector<absl::Status> answers;
    answers.push_back(
        Invoke(*board_stub, &v1::BoardService::Stub::ListEntries, v1::ListEntriesRequest())
            .status());
    answers.push_back(Invoke(*activity_stub, &v1::ActivityAdminService::Stub::GetActivity,
                             v1::GetActivityRequest())
                          .status());
    answers.push_back(Invoke(*activity_stub, &v1::ActivityAdminService::Stub::RecordActivity,
                             v1::RecordActivityRequest())
                          .status());
    answers.push_back(Invoke(*activity_stub, &v1::ActivityAdminService::Stub::ListActivities,
                             v1::ListActivitiesRequest())
                          .status());
    grpc::ClientContext sending;
    v1::RecordActivitiesResponse response;
    answers.push_back(FromWire(activity_stub->RecordActivities(&sending, &response)->Finish()));
    grpc::ClientContext watching;
    v1::WatchBoardRequest watch;
    watch.set_name("name");
    answers.push_back(FromWire(board_stub->WatchBoard(&watching, watch)->Finish()));
    server.StopServing();  // All calls have ended after this.
    return answers;
  }
  // The value of a series on the metrics page, summed over the methods of the shapes.
  int Sum(const std::string& series) {
    std::ostringstream page;
    prometheus::TextSerializer().Serialize(page, server.metrics.registry().Collect());
    std::istringstream lines(page.str());
    int sum = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(series) && line.find("service=\"shapes\"") != std::string::npos) {
        sum += std::stoi(line.substr(line.rfind(' ')));
      }
    }
    return sum;
  }

  ServerFixture server;
  std::atomic<int> ran{0};
  std::unique_ptr<services::Call> call;
  std::unique_ptr<ActivityShapes> activities;
  std::unique_ptr<BoardShapes> boards;
};

TEST_F(CallShapesTest, ACallThatIsNotAdmittedRunsNothing) {
  Open(0);
  EXPECT_THAT(CallEach(), testing::Each(HasReason(Reason::kOverloaded)));
  EXPECT_EQ(ran, 0);
  EXPECT_EQ(Sum("perigee_rpc_finished_total{code=\"RESOURCE_EXHAUSTED\""), 6);
  EXPECT_EQ(Sum("perigee_rpc_in_flight"), 0);
}

TEST_F(CallShapesTest, EveryCallThatEndsMakesRoomForTheNext) {
  Open(1);
  EXPECT_THAT(CallEach(),
              testing::ElementsAre(HasReason(Reason::kNotFound), HasReason(Reason::kNotFound),
                                   HasReason(Reason::kNotFound), HasReason(Reason::kNotFound),
                                   IsOk(), IsOk()));
  EXPECT_EQ(ran, 6);
  EXPECT_EQ(Sum("perigee_rpc_in_flight"), 0);
}

}  // namespace
}  // namespace perigee::tests
