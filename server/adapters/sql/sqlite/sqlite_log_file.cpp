#include "server/adapters/sql/sqlite/sqlite_log_file.h"

#include <sqlite3.h>

#include <cstddef>
#include <memory>
#include <new>
#include <string>

namespace perigee::sql {
namespace {

constexpr const char* kName = "perigee-gathering";
// SQLite's own file system cuts off the length of one write at 17 bits.
constexpr std::size_t kGatheredMax = 0x1ffff;

// A log as SQLite sees it. `base` comes first, because SQLite knows the object by its address; the
// system's own file follows the object in the same memory.
struct LogFile {
  sqlite3_file base;
  sqlite3_int64 offset;  // Of the gathered bytes.
  std::string gathered;

  sqlite3_file* file() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  const sqlite3_io_methods& methods() { return *file()->pMethods; }

  int Flush() {
    if (gathered.empty()) {
      return SQLITE_OK;
    }
    const int code =
        methods().xWrite(file(), gathered.data(), static_cast<int>(gathered.size()), offset);
    // After a failure SQLite gives the transaction up, and writes the log from its last commit on.
    gathered.clear();
    return code;
  }
};
static_assert(alignof(LogFile) <= alignof(std::max_align_t) && sizeof(LogFile) % 8 == 0);

LogFile& Log(sqlite3_file* file) { return *reinterpret_cast<LogFile*>(file); }

int Close(sqlite3_file* file) {
  LogFile& log = Log(file);
  const int flushed = log.Flush();
  const int closed = log.methods().xClose(log.file());
  std::destroy_at(&log);
  return flushed == SQLITE_OK ? closed : flushed;
}

int Write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  LogFile& log = Log(file);
  const auto next = log.offset + static_cast<sqlite3_int64>(log.gathered.size());
  const auto length = static_cast<std::size_t>(count);
  if (offset != next || log.gathered.size() + length > kGatheredMax) {
    if (const int code = log.Flush(); code != SQLITE_OK) {
      return code;
    }
  }
  if (log.gathered.empty()) {
    log.offset = offset;
  }
  log.gathered.append(static_cast<const char*>(bytes), length);
  return SQLITE_OK;
}

// Calls the system's own method on the log, with everything written.
template <auto Method, class... Values>
int Written(sqlite3_file* file, Values... values) {
  LogFile& log = Log(file);
  const int code = log.Flush();
  return code == SQLITE_OK ? (log.methods().*Method)(log.file(), values...) : code;
}

template <auto Method, class... Values>
int Same(sqlite3_file* file, Values... values) {
  LogFile& log = Log(file);
  return (log.methods().*Method)(log.file(), values...);
}

using Methods = sqlite3_io_methods;
constexpr Methods kMethods{
    .iVersion = 1,
    .xClose = Close,
    .xRead = Written<&Methods::xRead, void*, int, sqlite3_int64>,
    .xWrite = Write,
    .xTruncate = Written<&Methods::xTruncate, sqlite3_int64>,
    .xSync = Written<&Methods::xSync, int>,
    .xFileSize = Written<&Methods::xFileSize, sqlite3_int64*>,
    .xLock = Same<&Methods::xLock, int>,
    .xUnlock = Same<&Methods::xUnlock, int>,
    .xCheckReservedLock = Same<&Methods::xCheckReservedLock, int*>,
    .xFileControl = Same<&Methods::xFileControl, int, void*>,
    .xSectorSize = Same<&Methods::xSectorSize>,
    .xDeviceCharacteristics = Same<&Methods::xDeviceCharacteristics>,
};

sqlite3_vfs& System() {
  static sqlite3_vfs* const system = sqlite3_vfs_find(nullptr);
  return *system;
}

int Open(sqlite3_vfs* /*self*/, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  sqlite3_vfs& system = System();
  if ((flags & SQLITE_OPEN_WAL) == 0) {
    return system.xOpen(&system, name, file, flags, flags_out);
  }
  auto* log = new (file) LogFile{};
  const int code = system.xOpen(&system, name, log->file(), flags, flags_out);
  if (code == SQLITE_OK) {
    log->base.pMethods = &kMethods;
  } else {
    std::destroy_at(log);
    file->pMethods = nullptr;  // There is nothing to close.
  }
  return code;
}

}  // namespace

const char* GatheringFileSystem() {
  static const bool registered = [] {
    static sqlite3_vfs gathering = System();
    gathering.pNext = nullptr;
    gathering.zName = kName;
    gathering.szOsFile += static_cast<int>(sizeof(LogFile));
    gathering.xOpen = Open;
    return sqlite3_vfs_register(&gathering, 0) == SQLITE_OK;
  }();
  return registered ? kName : nullptr;
}

}  // namespace perigee::sql
