#pragma once

#include <string>

namespace perigee::bench {

// The floor of reading: a callback server without a store or a board, which fills the answers of a
// board's page, slice and single entry. Writes its address to `ready_file` as the server does, and
// serves until SIGTERM. Returns the exit code.
int ServeEcho(const std::string& ready_file);

}  // namespace perigee::bench
