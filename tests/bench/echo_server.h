#pragma once

#include <string>

namespace perigee::bench {

// The floor of reading: a callback server without anything behind it, which fills the answers that
// a board's page, slice and single entry have. Writes where it listens to `ready_file` as the
// server does, and serves until SIGTERM. Returns the exit code.
int ServeEcho(const std::string& ready_file);

}  // namespace perigee::bench
