#pragma once

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/shared_data.h"

namespace perigee::tests {

// The big list of naughty strings; empty, with a failure in CI, where the data is missing.
inline std::vector<std::string> NaughtyStrings() {
  std::ifstream file(SharedData("strings-naughty/blns.json"));
  if (!file) {
    EXPECT_EQ(std::getenv("CI"), nullptr) << "strings-naughty is missing";
    return {};
  }
  return nlohmann::json::parse(file).get<std::vector<std::string>>();
}

}  // namespace perigee::tests
