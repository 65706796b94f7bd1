#include "server/adapters/web/received_bytes.h"

// The figure stands in the kernel's header alone, which cannot be read beside <netinet/tcp.h>.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace perigee::adapters {

std::uint64_t ReceivedBytes(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  return getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_bytes_received
                                                                      : 0;
}

}  // namespace perigee::adapters
