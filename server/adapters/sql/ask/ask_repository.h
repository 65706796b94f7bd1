#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/ports/ask/ask_reader.h"

namespace perigee::sql {

class Connection;

class AskRepository final : public ports::AskReader {
 public:
  explicit AskRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::vector<ports::AskCount>> Count(const std::string& program, Time now) override;

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
