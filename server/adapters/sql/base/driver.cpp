#include "server/adapters/sql/base/driver.h"

#include <mutex>
#include <set>

#include "server/core/error.h"

namespace perigee::sql {

Sql Sql::Built(std::string_view text) {
  static std::mutex mutex;
  static std::set<std::string, std::less<>> kept;
  const std::lock_guard lock(mutex);
  return Sql(*kept.emplace(text).first);
}

absl::Status UnreadableRow() {
  return Error(Reason::kInternal,
               "the store holds something that cannot be read: run `perigeed check`");
}

}  // namespace perigee::sql
