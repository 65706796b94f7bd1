#include "server/runtime/text_file.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "server/core/error.h"

namespace perigee::runtime {

absl::StatusOr<std::string> ReadTextFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  // A folder can be opened, too.
  if (std::error_code error; !file || std::filesystem::is_directory(path, error)) {
    return InvalidField(path, "cannot be read");
  }
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace perigee::runtime
