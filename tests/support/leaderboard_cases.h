#pragma once

#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "server/domain/board/board.h"
#include "tests/support/shared_data.h"

namespace perigee::tests {

// The data set leaderboard-cases-a by case id; nullopt if this machine does not have it.
inline std::optional<std::map<std::string, nlohmann::json>> LeaderboardCases() {
  std::ifstream file(SharedData("leaderboard-cases-a/cases.json"));
  if (!file) {
    return std::nullopt;
  }
  std::map<std::string, nlohmann::json> cases;
  for (const nlohmann::json& entry : nlohmann::json::parse(file)) {
    cases[entry.at("id").get<std::string>()] = entry;
  }
  return cases;
}

// The scheme by its name in the data set.
inline domain::Scheme SchemeOfStrategy(std::string_view strategy) {
  if (strategy == "dense_rank") {
    return domain::Scheme::kDense;
  }
  return strategy == "rank" ? domain::Scheme::kCompetition : domain::Scheme::kOrdinal;
}

}  // namespace perigee::tests
