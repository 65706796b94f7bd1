#pragma once

#include <sys/types.h>

#include <functional>

namespace perigee::tests {

// Asks again and again, for half a minute at most, until it is so; whether it is.
bool Await(const std::function<bool()>& so);

// A port of the loopback that was free a moment ago.
int FreePort();

// Waits a moment for a child to end; it is left to be reaped.
bool Ended(pid_t pid);

// Waits until it ended, and reaps it.
void Reap(pid_t pid);

}  // namespace perigee::tests
