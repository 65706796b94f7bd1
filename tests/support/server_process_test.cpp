#include "tests/support/server_process.h"

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
  absl::StatusOr<std::unique_ptr<ServerProcess>> Start(int exit_code) {
    const std::string script = "trap 'kill $!; exit " + std::to_string(exit_code) +
                               "' TERM; echo \"{\\\"public\\\": \\\"$WORD\\\"}\" > \"$1.new\"; "
                               "mv \"$1.new\" \"$1\"; tail -f /dev/null & wait";
    return Run(script);
  }
  absl::StatusOr<std::unique_ptr<ServerProcess>> Run(const std::string& script) {
    return ServerProcess::Start({"/bin/sh", "-c", script}, folder_.path().string(), "server",
                                {"WORD=said"});
  }

  TemporaryFolder folder_;
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
