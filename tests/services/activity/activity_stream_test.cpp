#include "server/services/activity/activity_stream.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/ports/activity/activity_reader.h"
#include "server/ports/journal/journal_feed.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/services/activity/activity_service.h"
#include "tests/fakes/counting_telemetry.h"
#include "tests/fakes/failing_store.h"
#include "tests/matchers/status.h"
#include "tests/services/admin_server.h"
#include "tests/support/process.h"

namespace perigee::tests {
namespace {

using Stub = v1::ActivityAdminService::Stub;

constexpr std::size_t kQueueMax = 50;
constexpr std::int64_t kBatch = 1000;
constexpr std::int64_t kGranted = 15;
constexpr std::chrono::minutes kPatience{1};

// Signals the first wait that it is asked for, and passes all work on.
class WaitTeller final : public ports::Executor {
 public:
  explicit WaitTeller(ports::Executor& real) : real_(real) {}
  absl::Status Submit(std::function<void()> work) override { return real_.Submit(std::move(work)); }
  void After(std::chrono::milliseconds delay, std::function<void()> work) override {
    std::call_once(told_, [this] { first_.set_value(); });
    real_.After(delay, std::move(work));
  }
  std::shared_future<void> first_wait() const { return first_wait_; }

 private:
  ports::Executor& real_;
  std::once_flag told_;
  std::promise<void> first_;
  const std::shared_future<void> first_wait_ = first_.get_future().share();
};

// Streams activities into a store with a short queue, which fails when it is told to.
class ActivityStreamTest : public ::testing::Test {
 public:
  ~ActivityStreamTest() override { server.StopServing(); }

 protected:
  ActivityStreamTest() {
    server.MakeProgram();
    server.MakeMember("ada");
    server.MakeRule("accepted", "answer-accepted", kGranted);
    server.StopServing();
    server.Serve({&service});
    stub = v1::ActivityAdminService::NewStub(server.channel());
  }

  // The n-th thousand activities.
  static v1::RecordActivitiesRequest Batch(int n) {
    v1::RecordActivitiesRequest batch;
    batch.set_parent("programs/acme");
    for (std::int64_t i = 0; i < kBatch; ++i) {
      v1::Activity& activity = *batch.add_activities();
      activity.set_type("answer-accepted");
      activity.set_recipient("programs/acme/members/ada");
      activity.set_source("forum.example");
      activity.set_source_event_id(std::to_string(n * kBatch + i));
    }
    return batch;
  }
  absl::StatusOr<v1::RecordActivitiesResponse> Stream(int batches) {
    grpc::ClientContext context;
    v1::RecordActivitiesResponse response;
    const auto writer = stub->RecordActivities(&context, &response);
    for (int n = 0; n < batches && writer->Write(Batch(n)); ++n) {
    }
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    if (!status.ok()) {
      return FromWire(status);
    }
    return response;
  }
  // Streams messages as they are, also such as no client of ours would make.
  grpc::Status StreamBytes(const std::vector<std::string>& messages) {
    const grpc::internal::RpcMethod method("/perigee.v1.ActivityAdminService/RecordActivities",
                                           grpc::internal::RpcMethod::CLIENT_STREAMING,
                                           server.channel());
    grpc::ClientContext context;
    grpc::ByteBuffer response;
    const std::unique_ptr<grpc::ClientWriter<grpc::ByteBuffer>> writer(
        grpc::internal::ClientWriterFactory<grpc::ByteBuffer>::Create(server.channel().get(),
                                                                      method, &context, &response));
    for (const std::string& message : messages) {
      const grpc::Slice slice(message);
      if (!writer->Write(grpc::ByteBuffer(&slice, 1))) {
        break;
      }
    }
    writer->WritesDone();
    return writer->Finish();
  }
  // Expects that the books hold exactly this many activities, each once with its grant.
  void ExpectRecorded(std::int64_t activities) {
    EXPECT_THAT(server.store().Read([&](ports::StoreReader& reader) {
      EXPECT_EQ(reader.activities().Count("acme", {})->activities, activities);
      const auto assets = reader.ledger().TotalAssets("acme");
      for (const ports::AssetTotals& totals : assets.value()) {
        EXPECT_EQ(totals.issued, totals.asset == "reputation" ? activities * kGranted : 0);
        EXPECT_EQ(totals.imbalance, 0);
      }
      return absl::OkStatus();
    }),
                IsOk());
  }

  AdminServer server{{.queue_max = kQueueMax}};
  FailingStore store{server.store()};
  WaitTeller executor{server.call().executor()};
  CountingTelemetry telemetry;
  services::Call call{store, server.clock, executor, telemetry};
  services::ActivityAdminService service{call, server.tokens(), server.no_places()};
  std::unique_ptr<Stub> stub;
};

TEST_F(ActivityStreamTest, ALongStreamWaitsForRoomAndLosesNothing) {
  // The store's thread is held until the queue is full and the stream must wait.
  ports::Unit hold;
  hold.program = "acme";
  hold.now = server.clock.Now();
  hold.decide = [waits = executor.first_wait()](
                    ports::StoreReader&,
                    const ports::UnitContext&) -> absl::StatusOr<ports::Decision> {
    EXPECT_EQ(waits.wait_for(kPatience), std::future_status::ready);
    return NotFound("nothing is changed");
  };
  server.store().Write(std::move(hold), [](const absl::StatusOr<ports::Outcome>&) {});
  const auto answer = Stream(3);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->recorded(), 3 * kBatch);
  EXPECT_EQ(answer->refused(), 0);
  ExpectRecorded(3 * kBatch);
}

TEST_F(ActivityStreamTest, ACancelledStreamCanBeSentAgain) {
  // The store's thread is held after the first commit of activities, until the caller is gone. The
  // store may tell of its last commit after the last answer. So Hold is shared, and the revision
  // separates the commits of this test from earlier ones.
  struct Hold {
    std::once_flag once;
    std::promise<void> begun;
    std::promise<void> gone;
  };
  const auto hold = std::make_shared<Hold>();
  domain::Revision before = 0;
  ASSERT_THAT(server.store().Read([&](ports::StoreReader& reader) {
    before = reader.journal().Head("acme").value();
    return absl::OkStatus();
  }),
              IsOk());
  const auto listening =
      server.store().feed().Listen([hold, before](const std::string&, domain::Revision head) {
        if (head == before) {
          return;
        }
        std::call_once(hold->once, [&] {
          hold->begun.set_value();
          hold->gone.get_future().wait();
        });
      });
  grpc::ClientContext context;
  v1::RecordActivitiesResponse response;
  const auto writer = stub->RecordActivities(&context, &response);
  ASSERT_TRUE(writer->Write(Batch(0)));
  hold->begun.get_future().wait();
  context.TryCancel();
  EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  hold->gone.set_value();

  const auto again = Stream(2);
  ASSERT_THAT(again, IsOk());
  EXPECT_GT(again->replayed(), 0);
  EXPECT_EQ(again->recorded() + again->replayed(), 2 * kBatch);
  EXPECT_EQ(again->refused(), 0);
  ExpectRecorded(2 * kBatch);
}

// A message that cannot be taken ends the stream, and the refusal says what became of those before.
TEST_F(ActivityStreamTest, ABadMessageEndsTheStreamAndSaysWhatIsRecorded) {
  const std::string good = Batch(0).SerializeAsString();
  v1::RecordActivitiesRequest not_utf8 = Batch(1);
  not_utf8.mutable_activities(7)->set_source_event_id("caf\xe9");
  v1::RecordActivitiesRequest of_another;
  of_another.set_parent("programs/other");
  v1::RecordActivitiesRequest too_many = Batch(1);
  *too_many.add_activities() = too_many.activities(0);
  const std::string huge(5 << 20, '\0');
  struct Case {
    const char* what;
    std::string bytes;
    const char* field;
  };
  std::int64_t sent = 0;
  for (const Case& bad : {Case{"damaged", "\xff\xff\xff", "request"},
                          Case{"not UTF-8", not_utf8.SerializeAsString(), "request"},
                          Case{"of another programme", of_another.SerializeAsString(), "parent"},
                          Case{"too many", too_many.SerializeAsString(), "activities"}}) {
    SCOPED_TRACE(bad.what);
    const absl::Status status =
        FromWire(StreamBytes({good, bad.bytes, Batch(2).SerializeAsString()}));
    EXPECT_THAT(status, HasReason(Reason::kInvalidField));
    const ErrorMetadata metadata = MetadataOf(status);
    EXPECT_EQ(metadata.at("field"), bad.field);
    EXPECT_EQ(metadata.at("messages"), "1");
    EXPECT_EQ(metadata.at("recorded"), sent == 0 ? "1000" : "0");
    EXPECT_EQ(metadata.at("replayed"), sent == 0 ? "0" : "1000");
    EXPECT_EQ(metadata.at("refused"), "0");
    sent = kBatch;
    ExpectRecorded(kBatch);
  }
  // gRPC itself refuses a message that is larger than the door allows.
  EXPECT_EQ(StreamBytes({good, huge, good}).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(FromWire(StreamBytes({not_utf8.SerializeAsString()})),
              HasReason(Reason::kInvalidField));
  ExpectRecorded(kBatch);
}

TEST_F(ActivityStreamTest, AServerThatStopsEndsTheStreamsAndSaysWhatIsRecorded) {
  grpc::ClientContext context;
  v1::RecordActivitiesResponse response;
  const auto writer = stub->RecordActivities(&context, &response);
  ASSERT_TRUE(writer->Write(Batch(0)));
  ASSERT_TRUE(Await([&] {
    return server.store()
        .Read([](ports::StoreReader& reader) {
          return reader.activities().Count("acme", {})->activities == kBatch
                     ? absl::OkStatus()
                     : absl::NotFoundError("not yet");
        })
        .ok();
  }));
  service.StopStreams();
  const absl::Status status = FromWire(writer->Finish());  // The client itself stays silent.
  EXPECT_THAT(status, HasReason(Reason::kShuttingDown));
  EXPECT_EQ(MetadataOf(status).at("messages"), "1");
  EXPECT_EQ(MetadataOf(status).at("recorded"), "1000");
  EXPECT_THAT(Stream(1), HasReason(Reason::kShuttingDown));
  ExpectRecorded(kBatch);
}

TEST_F(ActivityStreamTest, AStreamCanBeSentAgainAfterAFailedWrite) {
  store.FailWrite(1500);
  EXPECT_THAT(Stream(2), HasReason(Reason::kStoreUnavailable));
  const auto again = Stream(2);
  ASSERT_THAT(again, IsOk());
  EXPECT_GT(again->replayed(), 0);
  EXPECT_EQ(again->recorded() + again->replayed(), 2 * kBatch);
  ExpectRecorded(2 * kBatch);
}

}  // namespace
}  // namespace perigee::tests
