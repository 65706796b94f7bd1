#include "tests/bench/bare_store.h"

namespace perigee::bench {

absl::StatusOr<std::unique_ptr<BareStore>> OpenBareStore(const std::string& address) {
  const std::string sqlite = "sqlite:";
  return address.starts_with(sqlite) ? OpenBareSqlite(address.substr(sqlite.size()))
                                     : OpenBarePostgres(address);
}

}  // namespace perigee::bench
