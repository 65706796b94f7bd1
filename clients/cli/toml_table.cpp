#include "clients/cli/toml_table.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace perigee::cli {

absl::StatusOr<std::string> ReadTomlFile(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return UsageFailure(path + " is a folder; give a file.");
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) {
    return UsageFailure("cannot read " + path + ".");
  }
  return text.str();
}

}  // namespace perigee::cli
