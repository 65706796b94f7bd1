#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <new>

namespace perigee::tests {

// Maps `T` at the start of a file that a test shares with the libraries it loads into a server.
// Null on failure. It is never unmapped, because the library's functions run until the process
// ends.
template <class T>
T* MapControlFile(const char* path, bool create) {
  const int fd = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
  if (fd < 0) {
    return nullptr;
  }
  if (create && ftruncate(fd, sizeof(T)) != 0) {
    close(fd);
    return nullptr;
  }
  void* const at = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (at == MAP_FAILED) {
    return nullptr;
  }
  return create ? new (at) T : static_cast<T*>(at);
}

}  // namespace perigee::tests
