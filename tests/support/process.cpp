#include "tests/support/process.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace perigee::tests {
namespace {

constexpr int kMomentMs = 10;
constexpr int kMomentsMax = 3000;

}  // namespace

bool Await(const std::function<bool()>& so) {
  for (int moments = 0; moments < kMomentsMax; ++moments) {
    if (so()) {
      return true;
    }
    poll(nullptr, 0, kMomentMs);
  }
  return false;
}

int FreePort() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool found = bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(descriptor);
  return found ? ntohs(address.sin_port) : 0;
}

bool Ended(pid_t pid) {
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  pollfd process{descriptor, POLLIN, 0};
  const bool ended = poll(&process, 1, kMomentMs) != 0;
  close(descriptor);
  return ended;
}

void Reap(pid_t pid) { waitpid(pid, nullptr, 0); }

}  // namespace perigee::tests
