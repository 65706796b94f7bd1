#pragma once

#include <cstdlib>

#include <gtest/gtest.h>

// Skips the running test with a printed reason. Where the environment sets CI everything must be
// there, and the same is a failure.
#define PERIGEE_SKIP_OR_FAIL(reason)             \
  do {                                           \
    if (std::getenv("CI") != nullptr) {          \
      FAIL() << "needed under CI: " << (reason); \
    }                                            \
    GTEST_SKIP() << (reason);                    \
  } while (false)
