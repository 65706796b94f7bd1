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
#include "server/services/service.h"
#include "tests/matchers/status.h"
#include "tests/services/server_fixture.h"

namespace perigee::tests {
namespace {

using services::CallContext;
using services::RunningCall;

// A stream that ends at once, without a message.
template <class Reactor>
class EmptyStream final : public Reactor {
 public:
  explicit EmptyStream(const RunningCall& call) { this->Finish(call.End(absl::OkStatus())); }
  void OnDone() override { delete this; }
};

// One method of each of the shapes write, read and client stream. Each only counts its
// run.
class ActivityShapes final : public services::Service {
 public:
  ActivityShapes(services::Call& call, std::atomic<int>& ran)
      : Service(call, "perigee.v1.ActivityAdminService") {
    Write<v1::RecordActivityRequest>(
        "RecordActivity",
        [&ran](const CallContext&, const auto&) -> absl::StatusOr<services::Change> {
          ++ran;
          return NotFound("programs/none");
        });
    Read<v1::GetActivityRequest>(
        "GetActivity", [&ran](const CallContext&, const auto&) -> absl::StatusOr<v1::Activity> {
          ++ran;
          return NotFound("programs/none");
        });
    ClientStream<v1::RecordActivitiesRequest>(
        "RecordActivities", [&ran](const RunningCall& running, grpc::ByteBuffer* answer) {
          ++ran;
          *answer = services::ToBytes(v1::RecordActivitiesResponse());
          return new EmptyStream<grpc::ServerReadReactor<grpc::ByteBuffer>>(running);
        });
  }
};

// The same for the shapes hot, long read, long write and server stream.
class BoardShapes final : public services::Service {
 public:
  BoardShapes(services::Call& call, std::atomic<int>& ran)
      : Service(call, "perigee.v1.BoardService") {
    Hot<v1::ListEntriesRequest>(
        "ListEntries",
        [&ran](const CallContext&, const auto&, grpc::ByteBuffer*) {
          ++ran;
          return NotFound("programs/none");
        },
        [](const auto&, std::function<void()>&&) {});
    ServerStream<v1::WatchBoardRequest>(
        "WatchBoard", [&ran](const RunningCall& running, const v1::WatchBoardRequest& asked) {
          ++ran;
          EXPECT_EQ(asked.name(), "name");
          return new EmptyStream<grpc::ServerWriteReactor<grpc::ByteBuffer>>(running);
        });
    ReadLong<v1::GetPeriodRequest>(
        "GetPeriod",
        [&ran](const CallContext& call, const auto&) -> absl::StatusOr<v1::Period> {
          if (call.at_once) {
            return WouldBlock();
          }
          ++ran;
          return NotFound("programs/none");
        },
        [](const auto&, const std::function<void()>& again) { again(); });
    WriteLong<v1::ListBoardsRequest>(
        "ListBoards",
        [&ran](const CallContext&, const auto&) -> absl::StatusOr<services::LongChange> {
          ++ran;
          return NotFound("programs/none");
        });
    // An answer of the asked number of bytes, and a few more.
    Read<v1::GetBoardRequest>(
        "GetBoard", [](const CallContext&, const auto& asked) -> absl::StatusOr<v1::Board> {
          v1::Board board;
          board.set_display_name(std::string(std::stoul(asked.name()), 'x'));
          return board;
        });
  }
};

// A server with methods of all shapes.
class CallShapesTest : public testing::Test {
 protected:
  // Opens a door that allows `open_max` open calls.
  void Open(int open_max) {
    call = std::make_unique<services::Call>(server.store(), server.clock, server.call().executor(),
                                            server.metrics, nullptr, open_max);
    activities = std::make_unique<ActivityShapes>(*call, ran);
    boards = std::make_unique<BoardShapes>(*call, ran);
    server.Serve({activities.get(), boards.get()});
  }
  // Calls each shape once: hot, read, long read, write, long write, client stream, server stream.
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
    answers.push_back(
        Invoke(*board_stub, &v1::BoardService::Stub::GetPeriod, v1::GetPeriodRequest()).status());
    answers.push_back(Invoke(*activity_stub, &v1::ActivityAdminService::Stub::RecordActivity,
                             v1::RecordActivityRequest())
                          .status());
    answers.push_back(
        Invoke(*board_stub, &v1::BoardService::Stub::ListBoards, v1::ListBoardsRequest()).status());
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
  // The value of a series on the metrics page, summed over all methods.
  int Sum(const std::string& series) {
    std::ostringstream page;
    prometheus::TextSerializer().Serialize(page, server.metrics.registry().Collect());
    std::istringstream lines(page.str());
    int sum = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(series)) {
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
  EXPECT_EQ(Sum("perigee_rpc_finished_total{code=\"RESOURCE_EXHAUSTED\""), 7);
  EXPECT_EQ(Sum("perigee_rpc_in_flight"), 0);
  EXPECT_EQ(Sum("perigee_stream_open"), 0);
}

TEST_F(CallShapesTest, EveryCallThatEndsMakesRoomForTheNext) {
  Open(1);
  EXPECT_THAT(CallEach(),
              testing::ElementsAre(HasReason(Reason::kNotFound), HasReason(Reason::kNotFound),
                                   HasReason(Reason::kNotFound), HasReason(Reason::kNotFound),
                                   HasReason(Reason::kNotFound), IsOk(), IsOk()));
  EXPECT_EQ(ran, 7);
  EXPECT_EQ(Sum("perigee_rpc_in_flight"), 0);
  EXPECT_EQ(Sum("perigee_stream_open"), 0);
}

TEST_F(CallShapesTest, AStreamIsNoLatency) {
  Open(1);
  CallEach();
  EXPECT_EQ(Sum("perigee_rpc_duration_seconds_count"), 5);
  EXPECT_EQ(Sum("perigee_stream_age_seconds_count"), 2);
}

TEST_F(CallShapesTest, AnAnswerThatIsTooLargeIsRefused) {
  Open(1);
  const auto stub = v1::BoardService::NewStub(server.channel());
  v1::GetBoardRequest request;
  request.set_name(std::to_string(services::kAnswerBytesMax - 10));
  EXPECT_THAT(Invoke(*stub, &v1::BoardService::Stub::GetBoard, request), IsOk());
  request.set_name(std::to_string(services::kAnswerBytesMax));
  EXPECT_THAT(Invoke(*stub, &v1::BoardService::Stub::GetBoard, request),
              HasReason(Reason::kAnswerTooLarge));
}

}  // namespace
}  // namespace perigee::tests
