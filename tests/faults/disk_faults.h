#pragma once

#include <atomic>
#include <cstdint>

namespace perigee::tests {

// The faults that libdisk_faults.so makes in a program's files. By hand, with 2 ms a sync:
//     LD_PRELOAD=$PWD/build/dev/tests/faults/libdisk_faults.so PERIGEE_SYNC_DELAY_US=2000 perigeed
//     …
// A test names a control file in PERIGEE_DISK_FAULTS. The file holds this struct (MapControlFile),
// and the test changes it at any time. PERIGEE_DISK_FAULTS_IN is a prefix of paths; other files
// have no faults.
struct DiskFaults {
  // The errno values of failing syncs and writes; 0 means that they work. With EROFS and EACCES,
  // opening a file for writing fails too.
  std::atomic<int> sync_error{0};
  std::atomic<int> write_error{0};
  // The delay of each sync and each write.
  std::atomic<std::int64_t> sync_delay_us{0};
  std::atomic<std::int64_t> write_delay_us{0};
  // This many syncs and writes work before the errors begin.
  std::atomic<std::int64_t> spared{0};
  // The number of failed calls so far.
  std::atomic<std::int64_t> failed{0};
};

}  // namespace perigee::tests
