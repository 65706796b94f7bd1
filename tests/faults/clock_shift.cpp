#include "tests/faults/clock_shift.h"

#include <dlfcn.h>
#include <sys/time.h>

#include <cstdlib>
#include <ctime>

#include "tests/faults/control_file.h"

namespace perigee::tests {
namespace {

// A program may ask for the time before anything else of this library has run.
std::int64_t Shift() {
  static const ClockShift* const shift = [] {
    const char* const path = std::getenv("PERIGEE_CLOCK_SHIFT");
    return path == nullptr ? nullptr : MapControlFile<ClockShift>(path, false);
  }();
  return shift == nullptr ? 0 : shift->seconds.load();
}

}  // namespace
}  // namespace perigee::tests

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  using Function = int(clockid_t, timespec*);
  static auto* const next = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, "clock_gettime"));
  const int result = next(clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    time->tv_sec += perigee::tests::Shift();
  }
  return result;
}

int gettimeofday(timeval* time, void* zone) noexcept {
  using Function = int(timeval*, void*);
  static auto* const next = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, "gettimeofday"));
  const int result = next(time, zone);
  time->tv_sec += perigee::tests::Shift();
  return result;
}

time_t time(time_t* where) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (where != nullptr) {
    *where = now.tv_sec;
  }
  return now.tv_sec;
}

}  // extern "C"
