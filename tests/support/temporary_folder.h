#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "server/core/check.h"

namespace perigee::tests {

// A new folder that is removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "perigee-XXXXXX").string();
    PERIGEE_CHECK(mkdtemp(pattern.data()) != nullptr, "the test can make a folder");
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string File(const std::string& name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace perigee::tests
