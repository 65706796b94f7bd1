#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "clients/load/community.h"
#include "clients/load/engine.h"
#include "clients/load/target.h"
#include "perigee/v1/board.grpc.pb.h"
#include "perigee/v1/capital.grpc.pb.h"
#include "tests/matchers/status.h"
#include "tests/support/perigeed.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Runs the real driver against the real server.
class LoadDriverTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(Perigeed::Run("migrate", store_).exit_code, 0);
    ASSERT_THAT(server_.Start(), IsOk());
  }

  std::string Command(const std::string& arguments) const {
    return std::string(PERIGEE_LOAD) + " " + arguments + " --public " + server_.Address("public") +
           " --internal " + server_.Address("internal");
  }

  Outcome Run(const std::string& arguments) const { return RunToEnd(Command(arguments)); }

  void Fill() const {
    const Outcome filled = Run("fill -p full --members 50");
    ASSERT_EQ(filled.exit_code, 0) << filled.output;
  }

  // Runs a command for a moment and answers its report.
  nlohmann::json Measure(const std::string& arguments) const {
    const std::string path = folder_.File("report.json");
    const Outcome ended = Run(arguments + " -p full --seconds 0.3 --json " + path);
    EXPECT_EQ(ended.exit_code, 0) << ended.output;
    return ReadReport();
  }

  nlohmann::json ReadReport() const {
    std::ifstream file(folder_.File("report.json"));
    return nlohmann::json::parse(file);
  }

  // Starts a load that runs until it is interrupted.
  pid_t Load(const std::string& arguments) const {
    const std::string command = Command(arguments + " -p full --seconds 3600 --json " +
                                        folder_.File("report.json") + " > /dev/null");
    return Launch({.command = {"sh", "-c", "exec " + command}});
  }
  // Interrupts the load; true if it ended well.
  static bool Interrupt(pid_t load) {
    ::kill(load, SIGINT);
    int ended = 0;
    ::waitpid(load, &ended, 0);
    return WIFEXITED(ended) && WEXITSTATUS(ended) == 0;
  }

  // Makes a transfer now and answers its revision.
  std::int64_t RevisionNow() {
    v1::PostTransfersRequest request;
    request.set_parent(community_.program);
    v1::Transfer& transfer = *request.add_transfers();
    transfer.set_debit_account(community_.Asset() + "/accounts/issued");
    transfer.set_credit_account(community_.Member(0) + "/accounts/reputation");
    transfer.set_amount(1);
    request.set_request_id(load::RequestId(7, ++requests_));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::PostTransfersResponse response;
    const auto channel = server_.Channel("internal");
    const grpc::Status status =
        v1::CapitalAdminService::NewStub(channel)->PostTransfers(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.revision();
  }

  TemporaryFolder folder_;
  const std::string store_ = "sqlite:" + folder_.File("store.db");
  Perigeed server_{{.store = store_}};
  const load::Community community_{"programs/full", 50};
  std::uint64_t requests_ = 0;
};

TEST_F(LoadDriverTest, EachCommandMeasuresGoodAnswers) {
  Fill();
  for (const std::string command :
       {"pages", "pages --rate 200", "ranks --rate 200 --constant", "around --in-flight 2",
        "transfers", "activities", "activities --per-stream 100 --batch 30 --in-flight 2",
        "watch --watchers 5", "mix --rate 500 --flat", "mix --watchers 2", "lineup"}) {
    SCOPED_TRACE(command);
    const nlohmann::json report = Measure(command);
    EXPECT_EQ(report["options"]["--seconds"], "0.3");
    ASSERT_THAT(report["calls"], ::testing::Not(IsEmpty()));
    EXPECT_GT(report["calls"].front()["ok"], 0);
    for (const nlohmann::json& call : report["calls"]) {
      EXPECT_THAT(call["refused"], IsEmpty()) << call;
    }
  }
}

TEST_F(LoadDriverTest, AnOverloadedServerKeepsAnsweringAndRecovers) {
  Fill();
  const std::string path = folder_.File("report.json");
  const Outcome ended = Run("overload --what transfers -p full --seconds 1.5 --json " + path);
  ASSERT_EQ(ended.exit_code, 0) << ended.output;
  const nlohmann::json report = ReadReport();
  const nlohmann::json& calls = report["calls"];
  ASSERT_EQ(calls.size(), 10U) << ended.output;
  const nlohmann::json& three_times = calls[8];
  ASSERT_EQ(three_times["call"], "3 x the peak");
  // The bound is loose, because the machine may do other work.
  EXPECT_GT(three_times["ok_per_second"], 0.4 * calls[1]["ok_per_second"].get<double>())
      << ended.output;
  for (const auto& [reason, count] : three_times["refused"].items()) {
    EXPECT_THAT(reason, ::testing::AnyOf("RESOURCE_EXHAUSTED OVERLOADED", "DEADLINE_EXCEEDED",
                                         "DEADLINE_EXCEEDED DEADLINE_PASSED"));
  }
  EXPECT_THAT(calls[9]["refused"], IsEmpty()) << ended.output;
  EXPECT_GT(calls[9]["ok"], 0);
}

TEST_F(LoadDriverTest, ACrowdAtOneDoorLeavesTheOtherOpen) {
  Fill();
  const pid_t crowd = Load("around --in-flight 4000 --channels 8 --deadline 60000");
  const std::string come =
      R"(perigee_rpc_started_total{method="ListEntriesAround",service="perigee.v1.BoardService"})";
  EXPECT_TRUE(Await([&] { return server_.Metric(come) > 4000; }));
  const std::int64_t before = RevisionNow();
  for (int i = 1; i <= 20; ++i) {
    EXPECT_EQ(RevisionNow(), before + i);
  }
  EXPECT_TRUE(Interrupt(crowd));
}

TEST_F(LoadDriverTest, EachGoodAnswerToAWriteIsOneWrite) {
  Fill();
  std::int64_t before = RevisionNow();
  const nlohmann::json transfers = Measure("transfers");
  std::int64_t after = RevisionNow();
  EXPECT_EQ(transfers["calls"][0]["ok"], after - before - 1);
  before = after;
  const nlohmann::json streams = Measure("activities --per-stream 100 --batch 30 --in-flight 2");
  after = RevisionNow();
  EXPECT_EQ(streams["calls"][0]["ok"].get<std::int64_t>() * 100, after - before - 1);
}

TEST_F(LoadDriverTest, EachWriteIsSeenByEachWatcher) {
  Fill();
  const nlohmann::json report = Measure("watch --watchers 7 --rate 300");
  const nlohmann::json& writes = report["calls"][0];
  const nlohmann::json& seen = report["calls"][1];
  EXPECT_EQ(writes["call"], "transfer");
  EXPECT_EQ(seen["ok"], 7 * writes["ok"].get<std::int64_t>());
}

TEST_F(LoadDriverTest, SaysWhatIsWrongWithItsOptions) {
  Fill();
  const std::vector<std::vector<std::string>> cases = {
      {"2", "pages", "which programme"},
      {"1", "pages -p nosuch", "programs/nosuch was not found", "perigee-load fill"},
      {"1", "pages -p full --board nosuch", "boards/nosuch was not found"},
      {"2", "pages -p Not/AName", "--program must be 1 to 63"},
      {"2", "pages -p full --rate 5 --in-flight 3", "excludes"},
      {"2", "pages -p full --rate 0", "not in range"},
      {"2", "pages -p full --watchers 3", "--watchers"},
      {"2", "jump -p full", "there is no command `jump`"},
      {"1", "pages -p full --seconds 0.1 --csv /no/such/file", "cannot write"},
  };
  for (const std::vector<std::string>& one : cases) {
    SCOPED_TRACE(one[1]);
    const Outcome ended = Run(one[1]);
    EXPECT_EQ(ended.exit_code, std::stoi(one[0]));
    for (std::size_t i = 2; i < one.size(); ++i) {
      EXPECT_THAT(ended.output, HasSubstr(one[i]));
    }
  }
}

TEST_F(LoadDriverTest, SaysThatTheServerCannotBeReached) {
  const std::string command = Command("pages -p full");
  server_.Stop();
  const Outcome ended = RunToEnd(command);
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.output, HasSubstr("cannot be reached"));
}

TEST_F(LoadDriverTest, CtrlCEndsTheRunAndShowsItsFigures) {
  Fill();
  const std::int64_t before = RevisionNow();
  const pid_t load = Load("transfers --in-flight 2");
  // The server answers once the driver has written 20 transfers.
  v1::ListEntriesRequest request;
  request.set_parent(community_.Period());
  request.set_min_revision(before + 20);
  const auto stub = v1::BoardService::NewStub(server_.Channel("public"));
  grpc::Status status;
  do {
    grpc::ClientContext context;
    v1::ListEntriesResponse response;
    status = stub->ListEntries(&context, request, &response);
  } while (status.error_code() == grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(Interrupt(load));
  EXPECT_GE(ReadReport()["calls"][0]["ok"], 20);
}

}  // namespace
}  // namespace perigee::tests
