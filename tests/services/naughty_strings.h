#pragma once

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace perigee::tests {

// The big list of naughty strings; empty, with a failure in CI, where the data is missing.
inline std::vector<std::string> NaughtyStrings() {
  const char* data = std::getenv("PERIGEE_DATA");
  const std::string folder =
      data != nullptr ? data : std::string(PERIGEE_SOURCE_DIR) + "/../shared/data";
  std::ifstream file(folder + "/strings-naughty/blns.json");
  if (!file) {
    EXPECT_EQ(std::getenv("CI"), nullptr) << "strings-naughty is missing";
    return {};
  }
  return nlohmann::json::parse(file).get<std::vector<std::string>>();
}

}  // namespace perigee::tests
