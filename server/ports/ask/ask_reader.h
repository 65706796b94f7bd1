#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/ask/ask.h"

namespace perigee::ports {

struct AskCount {
  domain::AskState state{};
  std::int64_t asks = 0;
};

// Asks, besides what RecordReader reads of them. See StoreReader for the rules of all reads.
class AskReader {
 public:
  virtual ~AskReader() = default;

  // How many asks of the programme are in each state at `now`, also of erased members. States
  // without asks may be left out.
  virtual absl::StatusOr<std::vector<AskCount>> Count(const std::string& program, Time now) = 0;
};

}  // namespace perigee::ports
