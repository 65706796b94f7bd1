#pragma once

#include <cstdint>

namespace perigee::adapters {

// How many bytes have come in by a TCP connection. 0 if the socket has none.
std::uint64_t ReceivedBytes(int socket);

}  // namespace perigee::adapters
