#pragma once

#include <cstdlib>
#include <filesystem>

namespace perigee::tests {

// The folder of data sets outside the repository: PERIGEE_DATA from the environment, or a folder
// beside the repository. Needs the compile definition PERIGEE_SOURCE_DIR.
inline std::filesystem::path SharedData(const std::filesystem::path& inside) {
  const char* const folder = std::getenv("PERIGEE_DATA");
  return (folder != nullptr ? std::filesystem::path(folder)
                            : std::filesystem::path(PERIGEE_SOURCE_DIR) / "../shared/data") /
         inside;
}

}  // namespace perigee::tests
