#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "perigee/v1/candidate.pb.h"

namespace perigee::cli {

// The file as help shows it.
inline constexpr char kCriteriaFile[] =
    "  [[criterion]]\n"
    "  id = \"presence\"\n"
    "  display_name = \"Presence\"\n"
    "  measure = \"active-days\"  # or activities, earned, met, reach\n"
    "  window_days = 90         # What counts is of the last days.\n"
    "  at_least = 1             # Of earned: in the asset's smallest unit\n"
    "  [[criterion]]\n"
    "  id = \"answers\"\n"
    "  measure = \"activities\"\n"
    "  activity_types = [\"question-answered\"]\n"
    "  at_least = 1\n"
    "  [[criterion]]\n"
    "  id = \"capital\"\n"
    "  measure = \"earned\"\n"
    "  asset = \"renown\"\n"
    "  at_least = 1";

// The criteria of a file in TOML. A wrong file is a usage failure that names the file, the line and
// the error.
absl::StatusOr<std::vector<v1::CandidateCriterion>> ParseCriteria(std::string_view file_name,
                                                                  std::string_view toml);

}  // namespace perigee::cli
