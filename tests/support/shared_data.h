#pragma once

#include <cstdlib>
#include <filesystem>

namespace perigee::tests {

// Where data sets that are not part of the repository are kept: the environment's PERIGEE_DATA, or
// beside the repository. Needs the compile definition PERIGEE_SOURCE_DIR.
inline std::filesystem::path SharedData(const std::filesystem::path& inside) {
  const char* const folder = std::getenv("PERIGEE_DATA");
  return (folder != nullptr ? std::filesystem::path(folder)
                            : std::filesystem::path(PERIGEE_SOURCE_DIR) / "../shared/data") /
         inside;
}

}  // namespace perigee::tests
