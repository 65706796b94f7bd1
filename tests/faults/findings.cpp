#include "tests/faults/findings.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace perigee::tests {
namespace {

constexpr std::size_t kFindingsMax = 100;

}  // namespace

void Findings::Report(const std::string& what) {
  if (all_.size() < kFindingsMax) {
    all_.push_back(what);
  }
}

void Findings::Compare(const std::string& what, SqlRows rows, SqlRows expected) {
  std::ranges::sort(rows);
  std::ranges::sort(expected);
  SqlRows surplus;
  SqlRows missing;
  std::ranges::set_difference(rows, expected, std::back_inserter(surplus));
  std::ranges::set_difference(expected, rows, std::back_inserter(missing));
  for (const std::string& row : surplus) {
    Report(absl::StrCat(what, " has ", row));
  }
  for (const std::string& row : missing) {
    Report(absl::StrCat(what, " lacks ", row));
  }
}

}  // namespace perigee::tests
