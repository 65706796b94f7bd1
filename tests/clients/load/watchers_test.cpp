#include "clients/load/watchers.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "clients/load/engine.h"
#include "perigee/v1/board.grpc.pb.h"
#include "tests/matchers/status.h"

namespace perigee::load {
namespace {

using perigee::tests::IsOk;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

using Writer = grpc::ServerWriter<v1::WatchBoardResponse>;

// A board that shows what its test says: called with each stream that is opened.
class Board final : public v1::BoardService::Service {
 public:
  using Show = std::function<grpc::Status(const v1::WatchBoardRequest&, Writer&)>;

  explicit Board(Show show) : show_(std::move(show)) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    channels_ = Connect("127.0.0.1:" + std::to_string(port), 2);
  }

  const std::vector<std::shared_ptr<grpc::Channel>>& channels() const { return channels_; }

  grpc::Status WatchBoard(grpc::ServerContext* context, const v1::WatchBoardRequest* request,
                          Writer* writer) override {
    const grpc::Status status = show_(*request, *writer);
    if (status.ok()) {
      // A stream that goes on: until the watcher ends it.
      std::unique_lock lock(mutex_);
      while (!context->IsCancelled()) {
        changed_.wait_for(lock, milliseconds(1));
      }
    }
    return status;
  }

 private:
  const Show show_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
};

void Send(Writer& writer, std::int64_t revision) {
  v1::WatchBoardResponse state;
  state.mutable_page()->set_revision(revision);
  state.set_cursor("at " + std::to_string(revision));
  writer.Write(state);
}

TEST(Watchers, AWriteThatIsShownBeforeItsAnswerTookNoTime) {
  Board board([](const v1::WatchBoardRequest& /*request*/, Writer& writer) {
    Send(writer, 5);
    return grpc::Status::OK;
  });
  Watchers watchers(board.channels(), "any", 20, 3);
  ASSERT_THAT(watchers.AwaitOpen(), IsOk());
  watchers.Written(4);
  watchers.Written(5);
  const Outcome outcome = watchers.Finish(seconds(10));
  EXPECT_EQ(outcome.Ok(), 3 * 2);
  EXPECT_EQ(outcome.latency.max(), milliseconds(0));
  EXPECT_THAT(outcome.refused, IsEmpty());
  EXPECT_EQ(watchers.states(), 3);
}

TEST(Watchers, AWriteThatIsNeverShownIsCounted) {
  Board board([](const v1::WatchBoardRequest& /*request*/, Writer& writer) {
    Send(writer, 5);
    return grpc::Status::OK;
  });
  Watchers watchers(board.channels(), "any", 20, 3);
  ASSERT_THAT(watchers.AwaitOpen(), IsOk());
  watchers.Written(6);
  watchers.Written(5);
  const Outcome outcome = watchers.Finish(milliseconds(10));
  EXPECT_EQ(outcome.Ok(), 3);
  EXPECT_THAT(outcome.refused, ElementsAre(Pair("NOT_SEEN", 3)));
}

TEST(Watchers, OneThatIsCutResumesFromItsCursorAndSeesWhatComesThen) {
  Board board([](const v1::WatchBoardRequest& request, Writer& writer) {
    if (request.from_cursor().empty()) {
      Send(writer, 1);
      return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too slow");
    }
    Send(writer, request.from_cursor() == "at 1" ? 9 : 0);
    return grpc::Status::OK;
  });
  Watchers watchers(board.channels(), "any", 20, 1);
  ASSERT_THAT(watchers.AwaitOpen(), IsOk());
  watchers.Written(9);
  const Outcome outcome = watchers.Finish(seconds(10));
  EXPECT_EQ(outcome.Ok(), 1);
  EXPECT_THAT(outcome.refused, ElementsAre(Pair("RESOURCE_EXHAUSTED", 1)));
}

TEST(Watchers, OnesThatAreRefusedAtOnceAreNotOpenedAgain) {
  Board board([](const v1::WatchBoardRequest& /*request*/, Writer& /*writer*/) {
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "no such board");
  });
  Watchers watchers(board.channels(), "any", 20, 4);
  EXPECT_THAT(std::string(watchers.AwaitOpen().message()), HasSubstr("no such board"));
  EXPECT_THAT(watchers.Finish(milliseconds(0)).refused, ElementsAre(Pair("NOT_FOUND", 4)));
}

TEST(Watchers, OfManyOnlySomeMeasure) {
  Board board([](const v1::WatchBoardRequest& /*request*/, Writer& writer) {
    Send(writer, 5);
    return grpc::Status::OK;
  });
  Watchers watchers(board.channels(), "any", 20, 100);
  ASSERT_THAT(watchers.AwaitOpen(), IsOk());
  watchers.Written(5);
  EXPECT_EQ(watchers.Finish(seconds(10)).Ok(), 50);
  EXPECT_EQ(watchers.states(), 100);
}

}  // namespace
}  // namespace perigee::load
