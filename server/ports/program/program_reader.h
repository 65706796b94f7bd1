#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/seal.h"
#include "server/domain/program/program.h"
#include "server/domain/rule/rules.h"
#include "server/ports/program/insight.h"

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
  // A secret of the programme for one purpose. It follows from the programme's key, so it is the
  // same for every server, is not in the book, and is gone with the programme. kInternal if there
  // is no such key.
  virtual absl::StatusOr<SealKey> Secret(const std::string& program, std::string_view purpose) = 0;
  // The counts of a figure that are not 0, by member, title and state. Reads all rows of the
  // figure's kind; of thanks only an index.
  virtual absl::StatusOr<std::vector<InsightCount>> CountInsight(const std::string& program,
                                                                 const InsightQuery& query) = 0;
};

}  // namespace perigee::ports
