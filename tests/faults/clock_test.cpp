#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "clients/load/community.h"
#include "tests/faults/clock_shift.h"
#include "tests/faults/control_file.h"
#include "tests/faults/plain_sql.h"
#include "tests/faults/programme.h"
#include "tests/faults/workload.h"
#include "tests/matchers/status.h"
#include "tests/support/paced_reads.h"
#include "tests/support/perigeed.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using google::protobuf::util::TimeUtil;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::uint64_t kSalt = 0xc10c;
constexpr std::int64_t kHour = 3600;

// A server whose clock the test sets.
class ClockTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(clock_, nullptr);
    ASSERT_EQ(Perigeed::Run("migrate", store_).exit_code, 0);
    ASSERT_THAT(server_.Start(), IsOk());
    workload_ = std::make_unique<Workload>(sql_, std::vector<Perigeed*>{&server_}, FaultSeed());
    ASSERT_THAT(workload_->SetUp(), IsOk());
  }
  Answer Post(std::int64_t hold_seconds) {
    v1::PostTransfersRequest request;
    request.set_parent(kFaultProgram);
    v1::Transfer& leg = *request.add_transfers();
    leg.set_debit_account(FaultAccount(1, "points"));
    leg.set_credit_account(FaultAccount(2, "points"));
    leg.set_amount(5);
    *leg.mutable_expire_time() = TimeUtil::SecondsToTimestamp(
        TimeUtil::TimestampToSeconds(TimeUtil::GetCurrentTime()) + hold_seconds);
    request.set_request_id(load::RequestId(kSalt, ++sent_));
    return Send({server_.Channel("internal"), server_.Channel("public")}, request,
                std::chrono::seconds(10));
  }
  Answer Capture(std::int64_t revision) {
    v1::CaptureTransferRequest request;
    request.set_name(FaultTransfer(absl::StrCat(revision, "-0")));
    request.set_request_id(load::RequestId(kSalt, ++sent_));
    return Send({server_.Channel("internal"), server_.Channel("public")}, request,
                std::chrono::seconds(10));
  }

  TemporaryFolder folder_;
  ClockShift* clock_ = MapControlFile<ClockShift>(folder_.File("clock").c_str(), true);
  std::string store_ = "sqlite:" + folder_.File("store.db");
  PlainSqlite sql_{folder_.File("store.db")};
  Perigeed server_{{.store = store_,
                    .environment = {absl::StrCat("LD_PRELOAD=", CLOCK_SHIFT),
                                    absl::StrCat("PERIGEE_CLOCK_SHIFT=", folder_.File("clock"))}}};
  std::unique_ptr<Workload> workload_;
  std::uint64_t sent_ = 0;
};

TEST_F(ClockTest, TheJournalSurvivesAnySettingOfTheClock) {
  // Nothing is lost, and the journal's time never goes back.
  for (const std::int64_t hours : {6, -12, 48, -72, 0}) {
    workload_->Round([&] {
      Await(steady_clock::now() + milliseconds(100));
      clock_->seconds = hours * kHour;
      Await(steady_clock::now() + milliseconds(150));
    });
    workload_->Look(true, store_);
    EXPECT_EQ(sql_.Query("SELECT COUNT(*) FROM journal a JOIN journal b ON b.program = a.program "
                         "AND b.revision = a.revision + 1 WHERE b.time < a.time"),
              SqlRows{"0"});
  }
  // The clock was two days ahead once, and the journal stayed there.
  EXPECT_EQ(sql_.Query("SELECT MAX(time) / 1000000 > strftime('%s') + 47 * 3600 FROM journal"),
            SqlRows{"1"});
  workload_->Print("the clock set");
}

TEST_F(ClockTest, AServerWithAClockBehindTheJournalGoesOn) {
  clock_->seconds = 48 * kHour;
  workload_->Round([] { Await(steady_clock::now() + milliseconds(100)); });
  workload_->Look(true, store_);
  workload_->Kill(0);
  clock_->seconds = -48 * kHour;
  ASSERT_THAT(workload_->Start(0), IsOk());
  workload_->Round([] { Await(steady_clock::now() + milliseconds(100)); });
  workload_->Look(true, store_);
}

TEST_F(ClockTest, AnExpiredHoldStaysExpiredWhenTheClockGoesBack) {
  const Answer hold = Post(kHour);
  ASSERT_TRUE(hold.status.ok()) << hold.status.error_message();
  const Answer longer = Post(100 * kHour);
  ASSERT_TRUE(longer.status.ok()) << longer.status.error_message();
  clock_->seconds = 2 * kHour;
  // A write at that time moves the journal's time.
  ASSERT_TRUE(Post(100 * kHour).status.ok());
  EXPECT_EQ(Capture(hold.revision).status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  clock_->seconds = 0;
  EXPECT_EQ(Capture(hold.revision).status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_TRUE(Capture(longer.revision).status.ok());
  const Outcome outcome = Perigeed::Run("check", store_);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
}

}  // namespace
}  // namespace perigee::tests
