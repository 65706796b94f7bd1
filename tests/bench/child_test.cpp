#include "tests/bench/child.h"

#include <csignal>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/sql/temporary_folder.h"
#include "tests/matchers/status.h"

namespace perigee::bench {
namespace {

using testing::HasSubstr;
using tests::IsOk;

// A server that is ready at once, and ends with that exit code when it is told to.
class ChildTest : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Child>> Start(int exit_code) {
    const std::string script = "trap 'kill $!; exit " + std::to_string(exit_code) +
                               "' TERM; echo \"{\\\"public\\\": \\\"$WORD\\\"}\" > \"$1.new\"; "
                               "mv \"$1.new\" \"$1\"; tail -f /dev/null & wait";
    return Run(script);
  }
  absl::StatusOr<std::unique_ptr<Child>> Run(const std::string& script) {
    return Child::Start({"/bin/sh", "-c", script}, folder_.path().string(), "server",
                        {"WORD=said"});
  }

  tests::TemporaryFolder folder_;
};

TEST_F(ChildTest, AServerThatEndsWellWhenToldToIsNoFault) {
  const auto child = Start(0);
  ASSERT_THAT(child, IsOk());
  EXPECT_THAT((*child)->Alive(), IsOk());
  EXPECT_EQ((*child)->Address("public"), "said");
  EXPECT_GT((*child)->AnonymousBytes(), 0);
  EXPECT_THAT((*child)->Stop(), IsOk());
}

TEST_F(ChildTest, AServerThatEndsBadlyIsAFaultThatSaysHow) {
  const auto child = Start(3);
  ASSERT_THAT(child, IsOk());
  EXPECT_THAT((*child)->Stop().ToString(), HasSubstr("server ended with exit code 3"));
}

TEST_F(ChildTest, AServerThatWasKilledIsAFaultThatSaysHow) {
  const auto child = Start(0);
  ASSERT_THAT(child, IsOk());
  kill((*child)->pid(), SIGKILL);
  EXPECT_THAT((*child)->Stop().ToString(), HasSubstr("server was ended by signal 9 (KILL)"));
}

TEST_F(ChildTest, AServerThatIsNeverReadyIsAFaultThatSaysHowItEnded) {
  EXPECT_THAT(Run("exit 7").status().ToString(),
              HasSubstr("ended before it was ready: server ended with exit code 7"));
}

}  // namespace
}  // namespace perigee::bench
