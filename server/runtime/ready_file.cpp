#include "server/runtime/ready_file.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>

#include <nlohmann/json.hpp>

#include "server/core/error.h"

namespace perigee::runtime {

absl::Status WriteReadyFile(const std::string& path, const BoundAddresses& bound) {
  const nlohmann::json content = {{"public", bound.public_address.ToString()},
                                  {"internal", bound.internal_address.ToString()},
                                  {"metrics", bound.metrics_address.ToString()},
                                  {"pid", ::getpid()}};
  const std::string draft = path + ".new";
  {
    std::ofstream file(draft, std::ios::trunc);
    file << content.dump() << "\n";
    if (!file.flush()) {
      return InvalidField("--ready-file", "cannot be written");
    }
  }
  if (std::rename(draft.c_str(), path.c_str()) != 0) {
    return InvalidField("--ready-file", "cannot be written");
  }
  return absl::OkStatus();
}

}  // namespace perigee::runtime
