#include "server/adapters/sql/sqlite/sqlite_errors.h"

#include <sqlite3.h>

#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/base/driver.h"
#include "server/core/error.h"

namespace perigee::sql {

absl::Status Unavailable(std::string_view message, const std::string& path) {
  return Error(Reason::kStoreUnavailable, path + ": " + std::string(message), {{"path", path}});
}

std::string AdviceOn(int system_error) {
  const std::string said = std::system_category().message(system_error);
  switch (system_error) {
    case ENOSPC:
    case EDQUOT:
      return said + ": make room on the disk";
    case EROFS:
      return said + ": mount it writable, or use another folder";
    case EACCES:
    case EPERM:
      return said + ": check the owner and the permissions of the file and its folder";
    case ENOENT:
    case ENOTDIR:
      return said + ": check the path";
    default:
      return said;
  }
}

absl::Status StatusOf(int code, int system_error) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return Error(Reason::kStoreUnavailable, "the store's disk is full");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error(Reason::kStoreUnavailable, "the store is locked by another program");
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return Error(
          Reason::kStoreUnavailable,
          "the file is damaged or no store of Perigee: check the path, or restore a backup",
          {{kDamageOfFile, absl::StrCat(code)}});
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_NOMEM:
      return Error(Reason::kStoreUnavailable,
                   system_error == 0
                       ? "the store's file cannot be read or written"
                       : "the store's file cannot be read or written: " + AdviceOn(system_error),
                   {{"code", absl::StrCat(code)}});
    case SQLITE_CONSTRAINT:
      if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) {
        return Error(Reason::kAlreadyExists, "the store has a record of that key already");
      }
      [[fallthrough]];
    default:
      return Error(Reason::kInternal, "the store refused a statement",
                   {{"code", absl::StrCat(code)}});
  }
}

absl::Status FaultOf(sqlite3* db) {
  // Only the text tells this from other errors in a statement.
  if (sqlite3_errcode(db) == SQLITE_ERROR &&
      std::string_view(sqlite3_errmsg(db)).starts_with("no such table")) {
    return Error(Reason::kInternal, "the store lacks a table", {{kNoTable, ""}});
  }
  return StatusOf(sqlite3_extended_errcode(db), sqlite3_system_errno(db));
}

}  // namespace perigee::sql
