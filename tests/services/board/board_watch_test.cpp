#include "server/services/board/board_watch.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"
#include "tests/services/board/board_server.h"
#include "tests/support/process.h"

namespace perigee::tests {
namespace {

using std::chrono::days;
using std::chrono::seconds;

// One stream, on the client's side.
class Watch {
 public:
  Watch(BoardServer& server, const std::string& name, const std::string& cursor = "",
        int page_size = 0)
      : telemetry_(server.telemetry), told_before_(telemetry_.streams.messages) {
    // The deadline is far beyond the length of any test, so that a missing message fails it.
    context_.set_deadline(std::chrono::system_clock::now() + seconds(60));
    v1::WatchBoardRequest request;
    request.set_name(name);
    request.set_from_cursor(cursor);
    request.set_page_size(page_size);
    stream_ = server.boards->WatchBoard(&context_, request);
  }

  v1::WatchBoardResponse Next() {
    v1::WatchBoardResponse message;
    if (stream_->Read(&message)) {
      ++received_;
    } else {
      ADD_FAILURE() << "the stream ended: " << stream_->Finish().error_message();
    }
    return message;
  }
  // Waits until the server knows that all received messages are out. Otherwise it would cut the
  // stream when time passes. Only one stream may be open.
  void AwaitTold() {
    EXPECT_TRUE(Await([this] { return telemetry_.streams.messages >= told_before_ + received_; }));
  }
  // Reads on until the leader has this score; the server may leave states in between out.
  v1::WatchBoardResponse NextWithTop(std::int64_t score) {
    v1::WatchBoardResponse message = Next();
    while (!testing::Test::HasFailure() &&
           (message.page().entries_size() == 0 || message.page().entries(0).score() != score)) {
      message = Next();
    }
    return message;
  }
  absl::Status End() {
    v1::WatchBoardResponse message;
    while (stream_->Read(&message)) {
    }
    return FromWire(stream_->Finish());
  }
  void Cancel() { context_.TryCancel(); }
  void Leave() {
    Cancel();
    v1::WatchBoardResponse message;
    while (stream_->Read(&message)) {
    }
    EXPECT_EQ(stream_->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }

 private:
  CountingTelemetry& telemetry_;
  const std::int64_t told_before_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchBoardResponse>> stream_;
  int received_ = 0;
};

class BoardWatchTest : public testing::Test {
 protected:
  BoardWatchTest() {
    EXPECT_THAT(server.CreateBoard("daily", v1::Board::CADENCE_DAY), IsOk());
    server.Earn("ada", 5);
  }
  bool WatchersBecome(int open) {
    return Await([&] { return server.telemetry.streams.open == open; });
  }
  // The next message after `time`, while all waits of the server are ended.
  v1::WatchBoardResponse NextAfter(Watch& watch, Duration time) {
    watch.AwaitTold();
    server.clock.Advance(time);
    std::atomic<bool> come{false};
    std::thread waits([&] {
      while (!come) {
        server.waits.EndWaits();
        std::this_thread::yield();
      }
    });
    v1::WatchBoardResponse message = watch.Next();
    come = true;
    waits.join();
    return message;
  }

  BoardServer server;
};

TEST_F(BoardWatchTest, TheStateComesAtOnceAndThenWheneverItChanges) {
  Watch watch(server, PeriodOf("daily"));
  const v1::WatchBoardResponse first = watch.NextWithTop(5);
  EXPECT_EQ(first.page().period(), PeriodOf("daily", "2026-11-21"));
  EXPECT_NE(first.cursor(), "");
  EXPECT_FALSE(first.heartbeat());

  for (int i = 0; i < 20; ++i) {
    server.Earn("bob", 1);
  }
  const v1::WatchBoardResponse later = watch.NextWithTop(20);
  EXPECT_NE(later.cursor(), first.cursor());
  EXPECT_EQ(server.telemetry.streams.open, 1);
  watch.Leave();
  EXPECT_TRUE(WatchersBecome(0));
}

TEST_F(BoardWatchTest, ARenamedMemberIsAChange) {
  Watch watch(server, PeriodOf("daily"));
  watch.NextWithTop(5);
  server.Rename("ada", "Ada L");
  EXPECT_EQ(watch.Next().page().entries(0).display_name(), "Ada L");
  watch.Leave();
}

TEST_F(BoardWatchTest, AResumedStreamRepeatsAndMissesNothing) {
  std::string cursor;
  {
    Watch watch(server, PeriodOf("daily"));
    cursor = watch.NextWithTop(5).cursor();
    watch.Leave();
  }
  ASSERT_TRUE(WatchersBecome(0));
  Watch present(server, PeriodOf("daily"), cursor);
  ASSERT_TRUE(WatchersBecome(1));
  // A heartbeat as the first message shows that nothing else came.
  const v1::WatchBoardResponse heartbeat = NextAfter(present, seconds(20));
  EXPECT_TRUE(heartbeat.heartbeat());
  EXPECT_EQ(heartbeat.cursor(), cursor);
  EXPECT_FALSE(heartbeat.has_page());

  server.Earn("ada", 1);
  EXPECT_EQ(present.Next().page().entries(0).score(), 6);
  Watch behind(server, PeriodOf("daily"), cursor);
  EXPECT_EQ(behind.Next().page().entries(0).score(), 6);
  present.Leave();
  behind.Leave();
}

TEST_F(BoardWatchTest, AHeartbeatComesWhenNothingElseDid) {
  Watch watch(server, PeriodOf("daily"));
  const std::string cursor = watch.NextWithTop(5).cursor();
  for (int i = 0; i < 2; ++i) {
    const v1::WatchBoardResponse message = NextAfter(watch, seconds(20));
    EXPECT_TRUE(message.heartbeat());
    EXPECT_EQ(message.cursor(), cursor);
  }
  watch.Leave();
}

TEST_F(BoardWatchTest, CurrentMovesOnToTheNextDay) {
  Watch watch(server, PeriodOf("daily"));
  watch.NextWithTop(5);
  v1::WatchBoardResponse message = NextAfter(watch, days(1));
  while (message.heartbeat()) {
    message = NextAfter(watch, Duration{0});
  }
  EXPECT_EQ(message.page().period(), PeriodOf("daily", "2026-11-22"));
  EXPECT_EQ(message.page().entries_size(), 0);
  watch.Leave();
}

TEST_F(BoardWatchTest, MalformedAndOutdatedCursorsAreRefused) {
  std::string cursor;
  {
    Watch watch(server, PeriodOf("daily"));
    cursor = watch.NextWithTop(5).cursor();
    watch.Leave();
  }
  EXPECT_THAT(Watch(server, PeriodOf("daily"), "made up").End(), IsInvalidField("from_cursor"));
  EXPECT_THAT(Watch(server, PeriodOf("daily"), "", -1).End(), IsInvalidField("page_size"));
  EXPECT_THAT(Watch(server, "programs/acme/boards/daily").End(), IsInvalidField("name"));
  EXPECT_THAT(Watch(server, PeriodOf("none")).End(), HasReason(Reason::kNotFound));
  v1::Board dense;
  dense.set_name("programs/acme/boards/daily");
  dense.set_scheme(v1::Board::SCHEME_DENSE);
  ASSERT_THAT(server.UpdateBoard(dense, "scheme"), IsOk());
  ASSERT_THAT(server.List(PeriodOf("daily")), IsOk());
  EXPECT_THAT(Watch(server, PeriodOf("daily"), cursor).End(), HasReason(Reason::kCursorOutOfRange));
}

TEST_F(BoardWatchTest, ARedefinedBoardGoesOnAndARemovedOneEnds) {
  Watch watch(server, PeriodOf("daily"));
  const std::string cursor = watch.NextWithTop(5).cursor();
  v1::Board scoped;
  scoped.set_name("programs/acme/boards/daily");
  scoped.set_facet("cyclist");
  ASSERT_THAT(server.UpdateBoard(scoped, "facet"), IsOk());
  EXPECT_EQ(watch.Next().page().entries_size(), 0);
  ASSERT_THAT(server.DeleteBoard("daily"), IsOk());
  EXPECT_THAT(watch.End(), HasReason(Reason::kNotFound));
}

TEST_F(BoardWatchTest, AWatchEndsWithItsProgramme) {
  Watch watch(server, PeriodOf("daily"));
  watch.NextWithTop(5);
  v1::CloseProgramRequest close;
  close.set_name("programs/acme");
  close.set_request_id(server.NewRequestId());
  ASSERT_THAT(Invoke(*server.programs, &v1::ProgramAdminService::Stub::CloseProgram, close),
              IsOk());
  v1::DeleteProgramRequest deletion;
  deletion.set_name(close.name());
  deletion.set_confirmed_name(close.name());
  deletion.set_request_id(server.NewRequestId());
  ASSERT_THAT(Invoke(*server.programs, &v1::ProgramAdminService::Stub::DeleteProgram, deletion),
              IsOk());
  EXPECT_THAT(watch.End(), HasReason(Reason::kNotFound));
}

TEST_F(BoardWatchTest, ASlowReaderIsCutAndResumesWithoutAGap) {
  // The period of this board does not end while time passes.
  EXPECT_THAT(server.CreateBoard("ever", v1::Board::CADENCE_ALL_TIME), IsOk());
  // gRPC allows a sender no smaller lead over its reader.
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 1024);
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto stub = v1::BoardService::NewStub(
      grpc::CreateCustomChannel(server.address(), grpc::InsecureChannelCredentials(), arguments));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + seconds(60));
  v1::WatchBoardRequest request;
  request.set_name(PeriodOf("ever"));
  const auto stream = stub->WatchBoard(&context, request);
  v1::WatchBoardResponse message;
  ASSERT_TRUE(stream->Read(&message));
  std::string cursor = message.cursor();
  const auto deadline = std::chrono::steady_clock::now() + seconds(60);
  while (server.telemetry.streams.open != 0 && std::chrono::steady_clock::now() < deadline) {
    server.clock.Advance(seconds(20));
    server.waits.EndWaits();
    std::this_thread::yield();
  }
  ASSERT_EQ(server.telemetry.streams.open, 0);
  server.Earn("ada", 7);

  while (stream->Read(&message)) {
    cursor = message.cursor();
  }
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  EXPECT_THAT(status.error_message(), testing::HasSubstr("resume"));
  ASSERT_NE(cursor, "");
  Watch resumed(server, PeriodOf("ever"), cursor);
  resumed.NextWithTop(12);
  resumed.Leave();
}

TEST_F(BoardWatchTest, ARefusedStreamIsNotOpen) {
  services::Call full(server.store(), server.clock, server.waits, server.telemetry, nullptr, 0);
  services::BoardService service(full, server.view, server.directory, server.tokens());
  server.StopServing();
  server.Serve({&service});
  grpc::ClientContext context;
  v1::WatchBoardRequest request;
  request.set_name(PeriodOf("daily"));
  const auto stream = v1::BoardService::NewStub(server.channel())->WatchBoard(&context, request);
  v1::WatchBoardResponse message;
  EXPECT_FALSE(stream->Read(&message));
  EXPECT_THAT(FromWire(stream->Finish()), HasReason(Reason::kOverloaded));
  server.StopServing();
  EXPECT_EQ(server.telemetry.streams.open, 0);
  EXPECT_EQ(server.telemetry.streams.messages, 0);
}

TEST_F(BoardWatchTest, ShutdownEndsStreamsCleanlyAndRefusesNewOnes) {
  Watch watch(server, PeriodOf("daily"));
  watch.NextWithTop(5);
  server.board_service.StopStreams();
  EXPECT_THAT(watch.End(), HasReason(Reason::kShuttingDown));
  EXPECT_THAT(Watch(server, PeriodOf("daily")).End(), HasReason(Reason::kShuttingDown));
}

}  // namespace
}  // namespace perigee::tests
