#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "tests/support/shared_data.h"

namespace perigee::tests {

// The given and family names of many languages, each once for each language; empty if the data set
// is missing.
inline std::vector<std::string> NamesOfAllLanguages() {
  std::ifstream file(SharedData("strings-names/names.csv"));
  std::vector<std::string> names;
  std::string line;
  std::getline(file, line);  // The heads of the columns.
  while (std::getline(file, line)) {
    if (line.ends_with('\r')) {
      line.pop_back();
    }
    names.push_back(line.substr(line.rfind(',') + 1));
  }
  return names;
}

}  // namespace perigee::tests
