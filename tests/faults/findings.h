#pragma once

#include <string>
#include <vector>

#include "tests/faults/plain_sql.h"

namespace perigee::tests {

// The differences that an audit found, in words. Only the first ones are kept.
class Findings {
 public:
  void Report(const std::string& what);
  // Reports the rows that only one of the two has. The order does not count.
  void Compare(const std::string& what, SqlRows rows, SqlRows expected);

  const std::vector<std::string>& all() const { return all_; }

 private:
  std::vector<std::string> all_;
};

}  // namespace perigee::tests
