#pragma once

#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/shared_data.h"

namespace perigee::tests {

// The big list of naughty strings; empty if the data is missing.
inline std::vector<std::string> NaughtyStrings() {
  std::ifstream file(SharedData("strings-naughty/blns.json"));
  if (!file) {
    return {};
  }
  return nlohmann::json::parse(file).get<std::vector<std::string>>();
}

}  // namespace perigee::tests
