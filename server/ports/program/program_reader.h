#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/program/program.h"
#include "server/domain/rule/rules.h"

namespace perigee::ports {

// Programmes, their assets and their rules. See StoreReader for the rules of all reads.
class ProgramReader {
 public:
  virtual ~ProgramReader() = default;

  virtual absl::StatusOr<std::optional<domain::Program>> Find(const std::string& program) = 0;
  // Whether rows of a deleted programme of that id are still being removed.
  virtual absl::StatusOr<bool> IsBeingDeleted(const std::string& program) = 0;
  // By id, after `after`.
  virtual absl::StatusOr<std::vector<domain::Program>> List(const std::string& after,
                                                            int limit) = 0;
  virtual absl::StatusOr<std::vector<domain::Asset>> Assets(const std::string& program) = 0;
  // All versions of all rules, by id and version.
  virtual absl::StatusOr<std::vector<domain::Rule>> Rules(const std::string& program) = 0;
};

}  // namespace perigee::ports
