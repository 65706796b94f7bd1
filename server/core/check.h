#pragma once

#include <cstdio>
#include <cstdlib>

// Stops the process if one of our own invariants is broken. Never used for bad input or a failing
// neighbour.
#define PERIGEE_CHECK(condition, what)                                                     \
  do {                                                                                     \
    if (!(condition)) {                                                                    \
      std::fprintf(stderr, "%s:%d: broken invariant: %s (%s)\n", __FILE__, __LINE__, what, \
                   #condition);                                                            \
      std::abort();                                                                        \
    }                                                                                      \
  } while (false)
