#pragma once

#include <cstdlib>

#include <gtest/gtest.h>

// Skips the running test and prints the reason. If the environment sets CI, nothing may be missing,
// so the test fails instead.
#define PERIGEE_SKIP_OR_FAIL(reason)             \
  do {                                           \
    if (std::getenv("CI") != nullptr) {          \
      FAIL() << "needed under CI: " << (reason); \
    }                                            \
    GTEST_SKIP() << (reason);                    \
  } while (false)
