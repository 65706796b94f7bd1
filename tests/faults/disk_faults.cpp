#include "tests/faults/disk_faults.h"

#include <dlfcn.h>
#include <sys/types.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#include "tests/faults/control_file.h"

namespace perigee::tests {
namespace {

DiskFaults* MakeFaults() {
  if (const char* const path = std::getenv("PERIGEE_DISK_FAULTS"); path != nullptr) {
    return MapControlFile<DiskFaults>(path, false);
  }
  static DiskFaults fixed;
  const char* const delay = std::getenv("PERIGEE_SYNC_DELAY_US");
  fixed.sync_delay_us = delay == nullptr ? 0 : std::strtoll(delay, nullptr, 10);
  return &fixed;
}

// Null while the control file is opened, because that call comes through here too.
DiskFaults* faults = nullptr;

__attribute__((constructor)) void Begin() {
  faults = MakeFaults();
  if (faults == nullptr) {
    std::abort();
  }
}

bool Concerns(const char* path) {
  static const char* const prefix = std::getenv("PERIGEE_DISK_FAULTS_IN");
  return prefix == nullptr || std::strncmp(path, prefix, std::strlen(prefix)) == 0;
}

bool Concerns(int fd) {
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  // Sockets and pipes have no path.
  return readlink(link.c_str(), path.data(), path.size() - 1) > 0 && path[0] == '/' &&
         Concerns(path.data());
}

void Delay(std::int64_t micros) {
  timespec left{micros / 1'000'000, micros % 1'000'000 * 1000};
  while (micros > 0 && nanosleep(&left, &left) != 0 &&  // repo-lint: a slow disk is what this plays
         errno == EINTR) {
  }
}

// True, with errno set, if the call must fail.
bool Fails(int fd, const std::atomic<int>& error, const std::atomic<std::int64_t>& delay) {
  const int number = error;
  const std::int64_t micros = delay;
  if ((number == 0 && micros == 0) || !Concerns(fd)) {
    return false;
  }
  Delay(micros);
  if (number == 0 || faults->spared.fetch_sub(1) > 0) {
    return false;
  }
  ++faults->failed;
  errno = number;
  return true;
}

bool FailsToSync(int fd) {
  return faults != nullptr && Fails(fd, faults->sync_error, faults->sync_delay_us);
}
bool FailsToWrite(int fd) {
  return faults != nullptr && Fails(fd, faults->write_error, faults->write_delay_us);
}

bool FailsToOpen(const char* path, int flags) {
  const int error = faults == nullptr ? 0 : faults->write_error.load();
  if ((error != EROFS && error != EACCES) || (flags & O_ACCMODE) == O_RDONLY || !Concerns(path)) {
    return false;
  }
  ++faults->failed;
  errno = error;
  return true;
}

template <class Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace
}  // namespace perigee::tests

using perigee::tests::FailsToOpen;
using perigee::tests::FailsToSync;
using perigee::tests::FailsToWrite;
using perigee::tests::Next;

// The functions that SQLite writes its files with. The names and those of the parameters are the C
// library's.
extern "C" {

int fsync(int fd) {
  static auto* const next = Next<int(int)>("fsync");
  return FailsToSync(fd) ? -1 : next(fd);
}

int fdatasync(int fd) {
  static auto* const next = Next<int(int)>("fdatasync");
  return FailsToSync(fd) ? -1 : next(fd);
}

ssize_t write(int fd, const void* data, size_t size) {
  static auto* const next = Next<ssize_t(int, const void*, size_t)>("write");
  return FailsToWrite(fd) ? -1 : next(fd, data, size);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  static auto* const next = Next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return FailsToWrite(fd) ? -1 : next(fd, data, size, offset);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  static auto* const next = Next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
  return FailsToWrite(fd) ? -1 : next(fd, data, size, offset);
}

int ftruncate(int fd, off_t size) noexcept {
  static auto* const next = Next<int(int, off_t)>("ftruncate");
  return FailsToWrite(fd) ? -1 : next(fd, size);
}

int ftruncate64(int fd, off64_t size) noexcept {
  static auto* const next = Next<int(int, off64_t)>("ftruncate64");
  return FailsToWrite(fd) ? -1 : next(fd, size);
}

int posix_fallocate(int fd, off_t offset, off_t size) {
  static auto* const next = Next<int(int, off_t, off_t)>("posix_fallocate");
  return FailsToWrite(fd) ? errno : next(fd, offset, size);
}

int posix_fallocate64(int fd, off64_t offset, off64_t size) {
  static auto* const next = Next<int(int, off64_t, off64_t)>("posix_fallocate64");
  return FailsToWrite(fd) ? errno : next(fd, offset, size);
}

int open(const char* path, int flags, ...) {
  static auto* const next = Next<int(const char*, int, ...)>("open");
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return FailsToOpen(path, flags) ? -1 : next(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  static auto* const next = Next<int(const char*, int, ...)>("open64");
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return FailsToOpen(path, flags) ? -1 : next(path, flags, mode);
}

}  // extern "C"
