#pragma once

#include <atomic>
#include <cstdint>

namespace perigee::tests {

// What libdisk_faults.so does to a program's files, while it does it. By hand, 2 ms a sync:
//     LD_PRELOAD=$PWD/build/dev/tests/faults/libdisk_faults.so PERIGEE_SYNC_DELAY_US=2000 perigeed
//     …
// A test names a control file in PERIGEE_DISK_FAULTS, which holds this struct (MapControlFile), and
// changes it as it goes. PERIGEE_DISK_FAULTS_IN, a prefix of paths, leaves all other files alone.
struct DiskFaults {
  // Errno values that syncs and writes fail with; 0: they do not. EROFS and EACCES fail the opening
  // of files for writing too.
  std::atomic<int> sync_error{0};
  std::atomic<int> write_error{0};
  // Added to each.
  std::atomic<std::int64_t> sync_delay_us{0};
  std::atomic<std::int64_t> write_delay_us{0};
  // So many syncs and writes go well before errors begin.
  std::atomic<std::int64_t> spared{0};
  // Calls that were made to fail so far.
  std::atomic<std::int64_t> failed{0};
};

}  // namespace perigee::tests
