#include "server/runtime/log.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <grpc/support/log.h>

namespace perigee::tests {
namespace {

// Strangers can cause the lines, so they come seldom, however many there are.
TEST(LogTest, OfGrpcsLinesOnlyRefusedHandshakesAreKept) {
  ASSERT_EQ(std::getenv("GRPC_VERBOSITY"), nullptr);
  gpr_log_verbosity_init();  // As gRPC itself does when it starts.
  testing::internal::CaptureStderr();
  runtime::StartLog();
  for (int i = 0; i < 1000; ++i) {
    gpr_log(GPR_ERROR, "Handshake failed with fatal error %s: %s.", "SSL_ERROR_SSL",
            "peer did not return a certificate");
    gpr_log(GPR_ERROR, "something else");
  }
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, testing::HasSubstr("event=handshakes_refused times=1 last=\"Handshake failed"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
}

}  // namespace
}  // namespace perigee::tests
