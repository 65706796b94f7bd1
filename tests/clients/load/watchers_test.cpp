#include "clients/load/watchers.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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

// The messages of one stream: states of these revisions, and then its end if it has one.
struct Shown {
  std::vector<std::int64_t> revisions;
  std::optional<grpc::Status> end;
};

class Showing final : public grpc::ServerWriteReactor<v1::WatchBoardResponse> {
 public:
  explicit Showing(Shown shown) : shown_(std::move(shown)) { Next(); }
  void OnWriteDone(bool ok) override {
    if (ok) {
      Next();
    }
  }
  void OnCancel() override { End(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }

 private:
  void Next() {
    if (next_ < shown_.revisions.size()) {
      const std::int64_t revision = shown_.revisions[next_++];
      state_.mutable_page()->set_revision(revision);
      state_.set_cursor("at " + std::to_string(revision));
      StartWrite(&state_);
    } else if (shown_.end.has_value()) {
      End(*shown_.end);
    }
  }
  void End(const grpc::Status& status) {
    if (!ended_.exchange(true)) {
      Finish(status);
    }
  }

  const Shown shown_;
  std::size_t next_ = 0;
  v1::WatchBoardResponse state_;
  std::atomic<bool> ended_ = false;
};

// A board whose test decides what each stream shows.
class Board final : public v1::BoardService::CallbackService {
 public:
  using Show = std::function<Shown(const v1::WatchBoardRequest&)>;

  explicit Board(Show show) : show_(std::move(show)) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    channels_ = Connect("127.0.0.1:" + std::to_string(port), 2);
  }

  const std::vector<std::shared_ptr<grpc::Channel>>& channels() const { return channels_; }

  grpc::ServerWriteReactor<v1::WatchBoardResponse>* WatchBoard(
      grpc::CallbackServerContext* /*context*/, const v1::WatchBoardRequest* request) override {
    return new Showing(show_(*request));
  }

 private:
  const Show show_;
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
};

Shown OneState(const v1::WatchBoardRequest& /*request*/) { return {{5}, std::nullopt}; }

TEST(Watchers, AWriteShownBeforeItsAnswerTookNoTime) {
  const Board board(OneState);
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
  const Board board(OneState);
  Watchers watchers(board.channels(), "any", 20, 3);
  ASSERT_THAT(watchers.AwaitOpen(), IsOk());
  watchers.Written(6);
  watchers.Written(5);
  const Outcome outcome = watchers.Finish(milliseconds(10));
  EXPECT_EQ(outcome.Ok(), 3);
  EXPECT_THAT(outcome.refused, ElementsAre(Pair("NOT_SEEN", 3)));
}

TEST(Watchers, ACutStreamResumesFromItsCursor) {
  const Board board([](const v1::WatchBoardRequest& request) {
    if (request.from_cursor().empty()) {
      return Shown{{1}, grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too slow")};
    }
    return Shown{{request.from_cursor() == "at 1" ? 9 : 0}, std::nullopt};
  });
  Watchers watchers(board.channels(), "any", 20, 1);
  ASSERT_THAT(watchers.AwaitOpen(), IsOk());
  watchers.Written(9);
  const Outcome outcome = watchers.Finish(seconds(10));
  EXPECT_EQ(outcome.Ok(), 1);
  EXPECT_THAT(outcome.refused, ElementsAre(Pair("RESOURCE_EXHAUSTED", 1)));
}

TEST(Watchers, ARefusedStreamIsNotOpenedAgain) {
  const Board board([](const v1::WatchBoardRequest& /*request*/) {
    return Shown{{}, grpc::Status(grpc::StatusCode::NOT_FOUND, "no such board")};
  });
  Watchers watchers(board.channels(), "any", 20, 4);
  EXPECT_THAT(std::string(watchers.AwaitOpen().message()), HasSubstr("no such board"));
  EXPECT_THAT(watchers.Finish(milliseconds(0)).refused, ElementsAre(Pair("NOT_FOUND", 4)));
}

TEST(Watchers, OnlySomeOfManyStreamsMeasure) {
  const Board board(OneState);
  Watchers watchers(board.channels(), "any", 20, 100);
  ASSERT_THAT(watchers.AwaitOpen(), IsOk());
  watchers.Written(5);
  EXPECT_EQ(watchers.Finish(seconds(10)).Ok(), 50);
  EXPECT_EQ(watchers.states(), 100);
}

}  // namespace
}  // namespace perigee::load
