#pragma once

#include <string>

namespace perigee::bench {

// The floors of reading: two callback servers without a store or a board. At the address `public` a
// server fills the answers of a board's page, slice and single entry, and of an insider item and a
// list of items. At the address `raw` one
// answers a page with ready bytes. Writes the addresses to `ready_file` as the server does, and
// serves until SIGTERM. Returns the exit code.
int ServeEcho(const std::string& ready_file);

}  // namespace perigee::bench
