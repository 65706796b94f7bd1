#include <cerrno>
#include <chrono>
#include <ostream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "clients/load/community.h"
#include "perigee/v1/board.grpc.pb.h"
#include "perigee/v1/capital.grpc.pb.h"
#include "tests/faults/control_file.h"
#include "tests/faults/disk_faults.h"
#include "tests/faults/plain_sql.h"
#include "tests/faults/programme.h"
#include "tests/faults/workload.h"
#include "tests/matchers/status.h"
#include "tests/support/perigeed.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kWarm{80};
constexpr milliseconds kLasting{150};
constexpr int kOk = 200;
constexpr int kNotReady = 503;

// A server whose disk the test can break.
class DiskTest : public testing::Test {
 protected:
  std::vector<std::string> Environment() const {
    return {absl::StrCat("LD_PRELOAD=", DISK_FAULTS),
            absl::StrCat("PERIGEE_DISK_FAULTS=", control_.File("control")),
            absl::StrCat("PERIGEE_DISK_FAULTS_IN=", folder_.path().string())};
  }
  void Begin() {
    ASSERT_NE(faults_, nullptr);
    ASSERT_EQ(Perigeed::Run("migrate", store_).exit_code, 0);
    ASSERT_THAT(server_.Start(), IsOk());
    workload_ = std::make_unique<Workload>(sql_, std::vector<Perigeed*>{&server_}, FaultSeed());
    ASSERT_THAT(workload_->SetUp(), IsOk());
    public_ = server_.Channel("public");
    ASSERT_TRUE(ReadTop().ok());
  }
  grpc::Status ReadTop() const {
    v1::ListEntriesRequest request;
    request.set_parent(absl::StrCat(kFaultProgram, "/boards/all/periods/all-time"));
    grpc::ClientContext context;
    v1::ListEntriesResponse response;
    return v1::BoardService::NewStub(public_)->ListEntries(&context, request, &response);
  }
  // One write without a retry.
  Answer WriteOnce() {
    v1::UpdateMemberRequest request;
    request.mutable_member()->set_name(FaultMember(0));
    request.mutable_member()->set_display_name("Never");
    request.mutable_update_mask()->add_paths("display_name");
    request.set_request_id(load::RequestId(0xd15c, ++once_));
    return Send({server_.Channel("internal"), server_.Channel("public")}, request,
                std::chrono::seconds(10));
  }

  TemporaryFolder folder_;
  TemporaryFolder control_;
  DiskFaults* faults_ = MapControlFile<DiskFaults>(control_.File("control").c_str(), true);
  std::string store_ = "sqlite:" + folder_.File("store.db");
  PlainSqlite sql_{folder_.File("store.db")};
  Perigeed server_{{.store = store_, .environment = Environment()}};
  std::unique_ptr<Workload> workload_;
  std::shared_ptr<grpc::Channel> public_;
  std::uint64_t once_ = 0;
};

struct Breakage {
  std::string name;
  int sync_error = 0;
  int write_error = 0;
};
void PrintTo(const Breakage& breakage, std::ostream* out) { *out << breakage.name; }

class BrokenDisk : public DiskTest, public testing::WithParamInterface<Breakage> {};

TEST_P(BrokenDisk, RefusesWritesWithAdviceAndLosesNothing) {
  Begin();
  const pid_t pid = server_.pid();
  for (int round = 0; round < 5 && !HasFailure(); ++round) {
    workload_->Round([&] {
      Await(steady_clock::now() + kWarm);
      // The error comes at the start of a transaction or in the middle of one.
      faults_->spared = 7 * round;
      faults_->sync_error = GetParam().sync_error;
      faults_->write_error = GetParam().write_error;
      EXPECT_TRUE(Await([&] { return server_.Readiness() == kNotReady; }));
      const Answer refused = WriteOnce();
      EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::UNAVAILABLE);
      EXPECT_TRUE(HasRetryAdvice(refused.status));
      EXPECT_TRUE(ReadTop().ok());
      Await(steady_clock::now() + kLasting);
      EXPECT_TRUE(ReadTop().ok());
      workload_->Mark();
      faults_->sync_error = 0;
      faults_->write_error = 0;
      EXPECT_TRUE(Await([&] { return server_.Readiness() == kOk; }));
    });
    workload_->Look(true, store_);
  }
  EXPECT_GT(faults_->failed, 0);
  EXPECT_GT(workload_->Total().unavailable, 0);
  EXPECT_EQ(workload_->Total().unadvised, 0);
  EXPECT_EQ(workload_->Total().broken, 0);
  EXPECT_EQ(server_.pid(), pid);
  workload_->Print(GetParam().name);
}

INSTANTIATE_TEST_SUITE_P(, BrokenDisk,
                         testing::Values(Breakage{"FullWhenWriting", 0, ENOSPC},
                                         Breakage{"FailsWhenWriting", 0, EIO},
                                         Breakage{"ReadOnly", 0, EROFS},
                                         Breakage{"FullWhenSyncing", ENOSPC, 0},
                                         Breakage{"FailsWhenSyncing", EIO, 0}),
                         [](const auto& breakage) { return breakage.param.name; });

TEST_F(DiskTest, ASlowDiskMakesWritesSlowAndNothingElse) {
  Begin();
  for (const int micros : {2'000, 50'000}) {
    workload_->Round([&] {
      faults_->sync_delay_us = micros;
      Await(steady_clock::now() + 10 * kLasting);
    });
    workload_->Look(true, store_);
  }
  EXPECT_EQ(workload_->Total().unavailable + workload_->Total().broken, 0);
  workload_->Print("slow");
}

TEST_F(DiskTest, AServerThatIsKilledOnABrokenDiskLosesNothing) {
  Begin();
  for (int round = 0; round < 5 && !HasFailure(); ++round) {
    workload_->Round([&] {
      Await(steady_clock::now() + kWarm);
      faults_->spared = 3 * round;
      faults_->sync_error = EIO;
      EXPECT_TRUE(Await([&] { return server_.Readiness() == kNotReady; }));
      workload_->Mark();
      workload_->Kill(0);
      faults_->sync_error = 0;
      EXPECT_THAT(workload_->Start(0), IsOk());
    });
    public_ = server_.Channel("public");
    workload_->Look(true, store_);
  }
  workload_->Settle(store_);
  workload_->Print("killed on a broken disk");
}

// The file is sound, so nothing speaks of damage.
TEST_F(DiskTest, AServerThatCannotStartOnADiskSaysWhatTheSystemSaid) {
  ASSERT_NE(faults_, nullptr);
  ASSERT_EQ(Perigeed::Run("migrate", store_).exit_code, 0);
  for (const auto& [error, said] :
       {std::pair(EROFS, "mount it writable"), std::pair(ENOSPC, "make room on the disk"),
        std::pair(EACCES, "permissions")}) {
    faults_->write_error = error;
    faults_->sync_error = error;
    const Outcome outcome = Perigeed::Run("serve --redis none", store_, Environment());
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.output, testing::HasSubstr(said));
    EXPECT_THAT(outcome.output, testing::Not(testing::HasSubstr("damaged")));
  }
}

}  // namespace
}  // namespace perigee::tests
