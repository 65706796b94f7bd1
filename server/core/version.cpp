#include "server/core/version.h"

namespace perigee {

std::string_view Version() { return PERIGEE_VERSION; }

}  // namespace perigee
