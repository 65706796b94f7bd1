#include "tests/support/server_process.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using testing::HasSubstr;

// A server that is ready at once, and ends with the given exit code when it is told to.
class ServerProcessTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe(all_.data()), 0); }

  // Each process of a server holds the pipe open, so the pipe ends only when none is left.
  void TearDown() override {
    close(all_[1]);
    pollfd all{all_[0], POLLIN, 0};
    EXPECT_EQ(poll(&all, 1, kLeftMs), 1) << "a process of the server is left";
    close(all_[0]);
  }

  // The shell waits for a child that ends with it, however the shell ends: the child reads from a
  // pipe that only the shell writes to.
  absl::StatusOr<std::unique_ptr<ServerProcess>> Start(int exit_code) {
    return Run("trap 'exit " + std::to_string(exit_code) +
               "' TERM; mkfifo \"$1.pipe\"; cat < \"$1.pipe\" & exec 3> \"$1.pipe\"; "
               "echo \"{\\\"public\\\": \\\"$WORD\\\"}\" > \"$1.new\"; mv \"$1.new\" \"$1\"; wait");
  }
  absl::StatusOr<std::unique_ptr<ServerProcess>> Run(const std::string& script) {
    return ServerProcess::Start({"/bin/sh", "-c", script}, folder_.path().string(), "server",
                                {"WORD=said"});
  }

 private:
  static constexpr int kLeftMs = 10'000;

  TemporaryFolder folder_;
  std::array<int, 2> all_{};
};

TEST_F(ServerProcessTest, AServerThatEndsWellWhenToldToIsNoFault) {
  const auto child = Start(0);
  ASSERT_THAT(child, IsOk());
  EXPECT_THAT((*child)->Alive(), IsOk());
  EXPECT_EQ((*child)->Address("public"), "said");
  EXPECT_GT((*child)->AnonymousBytes(), 0);
  EXPECT_THAT((*child)->Stop(), IsOk());
}

TEST_F(ServerProcessTest, AServerThatEndsBadlyIsAFaultThatSaysHow) {
  const auto child = Start(3);
  ASSERT_THAT(child, IsOk());
  EXPECT_THAT((*child)->Stop().ToString(), HasSubstr("server ended with exit code 3"));
}

TEST_F(ServerProcessTest, AServerThatWasKilledIsAFaultThatSaysHow) {
  const auto child = Start(0);
  ASSERT_THAT(child, IsOk());
  kill((*child)->pid(), SIGKILL);
  EXPECT_THAT((*child)->Stop().ToString(), HasSubstr("server was ended by signal 9 (KILL)"));
}

TEST_F(ServerProcessTest, AServerThatEndsBeforeItIsReadyIsAFault) {
  EXPECT_THAT(Run("exit 7").status().ToString(),
              HasSubstr("ended before it was ready: server ended with exit code 7"));
}

}  // namespace
}  // namespace perigee::tests
